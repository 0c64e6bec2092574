import type { Notice, NoticePhase } from '../../../../src/core/notice.ts'
import type { Clock } from '../../../../src/core/ports/clock.ts'
import type { Hold } from '../../../../src/service/swap/hold.ts'
import type { SwapHands } from '../../../../src/service/swap/swap-hands.ts'
import { SwapMachine } from '../../../../src/service/swap/swap-machine.ts'

export const startMs = Date.parse('2026-11-21T02:00:00.000Z')
export const staged = { group: 'DEFAULT_GROUP', dataId: 'cutover-next.orders.yaml', etag: 'e1' }

/** A machine with a clock that is moved by hand and a gate that is only a state. */
export function createMachineWorld() {
  let nowMs = 0
  let wallAheadMs = 0
  const clock: Clock = {
    now: () => new Date(startMs + nowMs + wallAheadMs),
    monotonicMs: () => nowMs,
    sleep: () => Promise.reject(new Error('the machine must not wait')),
    after: () => {
      throw new Error('the machine must not wait')
    },
  }
  const calls: string[] = []
  const gate = { state: 'open', side: 'source', closesAtMs: Infinity, refusal: '' }
  const hands: SwapHands = {
    isOpen: () => gate.state === 'open' && nowMs < gate.closesAtMs,
    expect(_hold, inMs) {
      gate.closesAtMs = nowMs + inMs
      calls.push('expect')
    },
    forget() {
      gate.closesAtMs = Infinity
      calls.push('forget')
    },
    close(_hold, limitMs) {
      gate.state = 'closed'
      calls.push(`close ${limitMs}`)
    },
    refuse(reason) {
      // It may be told more than once why.
      if (gate.state !== 'refusing') calls.push('refuse')
      gate.state = 'refusing'
      gate.refusal = reason
    },
    toTarget: (hold) => open('target', hold),
    toSource: (hold) => open('source', hold),
  }
  function open(side: string, hold: Hold): void {
    gate.state = 'open'
    gate.side = side
    gate.closesAtMs = Infinity
    calls.push(`to-${side} ${hold.runId}`)
  }
  const machine = new SwapMachine('orders', clock, hands)
  return {
    clock,
    machine,
    calls,
    gate,
    hands,
    get now() {
      return nowMs
    },
    /** Time passes and nobody looks, as when the process stands still. */
    stall: (ms: number) => {
      nowMs += ms
    },
    /** The wall clock is set. */
    setWall: (ms: number) => {
      wallAheadMs += ms
    },
    /** Time passes as timers notice it. */
    pass(ms: number) {
      const until = nowMs + ms
      machine.check()
      for (;;) {
        const due = machine.dueInMs
        if (due === undefined || nowMs + due > until) break
        nowMs += Math.max(due, 1)
        machine.check()
      }
      nowMs = Math.max(nowMs, until)
      machine.check()
    },
  }
}

export interface Said {
  readonly runId?: string
  readonly epoch?: number
  /** Milliseconds after the beginning. */
  readonly since: number
  readonly until?: number
  readonly at?: number
  readonly limitMs?: number
  readonly services?: readonly string[]
  readonly staged?: Notice['staged']
}

/** The text of a notice; moments in milliseconds after the beginning. */
export function noticeText(phase: NoticePhase, said: Said): string {
  const moment = (ms: number) => new Date(startMs + ms).toISOString()
  const at = said.at ?? said.since + 1000
  return JSON.stringify({
    kind: 'cutover-notice',
    version: 1,
    runId: said.runId ?? 'run-1',
    epoch: said.epoch ?? 1,
    phase,
    services: said.services ?? ['orders'],
    since: moment(said.since),
    until: moment(said.until ?? said.since + 60_000),
    retryAfterSeconds: 5,
    staged: said.staged ?? { orders: staged },
    ...(phase === 'holding' && {
      hold: { at: moment(at), drainMs: 500, late: 'keep', limitMs: said.limitMs ?? 2000 },
    }),
  } satisfies Partial<Notice>)
}
