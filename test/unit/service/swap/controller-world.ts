import type { Generation } from '../../../../src/service/pool/generation.ts'
import { createWriteGate } from '../../../../src/service/gate/create-write-gate.ts'
import { Secret } from '../../../../src/core/secret.ts'
import { silentLog } from '../../../../src/core/ports/log.ts'
import type { NextDatasource } from '../../../../src/service/swap/next-datasource.ts'
import type { SwapCenter } from '../../../../src/service/swap/swap-center.ts'
import type { ReleaseRow } from '../../../../src/service/swap/swap-hands.ts'
import { SwapController } from '../../../../src/service/swap/swap-controller.ts'
import { createFakeClock } from '../../../fakes/fake-clock.ts'
import { staged } from './machine-world.ts'

/** A process with a real gate, between a config center and a target that the test plays. */
export function createControllerWorld() {
  const clock = createFakeClock()
  const center = createCenter(clock)
  const target = {
    row: null as ReleaseRow | null,
    isDown: false,
    problems: [] as string[],
    opened: 0,
    closed: 0,
    asked: 0,
    looks: 0,
    warmed: 0,
    urgent: false,
  }
  const swaps: string[] = []
  let writersClosed = 0
  const generation = (datasource: string) => ({ datasource }) as Generation
  const facade = {
    current: generation('source:3306/shop'),
    swapTo(next: Generation) {
      facade.current = next
      swaps.push(`${next.datasource} while ${gate.state}`)
    },
    closeWriters: () => {
      writersClosed += 1
    },
  }
  const gate = createWriteGate({ clock })
  const openNext = (text: string, urgent: boolean): Promise<NextDatasource> => {
    target.urgent = urgent
    if (target.isDown) return Promise.reject(Object.assign(new Error('secret'), { code: 'ECONNREFUSED' }))
    target.opened += 1
    return Promise.resolve({
      datasource: { host: 'target', port: 3306, schema: 'shop', user: 'u', password: new Secret('p', 'p') },
      generation: generation(text),
      warmUp: () => {
        target.warmed += 1
        return target.isDown ? Promise.reject(new Error('secret')) : Promise.resolve()
      },
      look: () => {
        target.looks += 1
        return Promise.resolve(target.problems)
      },
      release: {
        read: () => {
          target.asked += 1
          return target.isDown ? Promise.reject(new Error('secret')) : Promise.resolve(target.row)
        },
        close: () => undefined,
      },
      [Symbol.asyncDispose]: () => {
        target.closed += 1
        return Promise.resolve()
      },
    })
  }
  const controller = new SwapController({
    service: 'orders',
    center,
    gate,
    facade,
    openNext,
    clock,
    log: silentLog,
    graceMs: 1000,
  })
  /** One autocommit write: the datasource it ran on, or why it did not. */
  const write = async (): Promise<string> => {
    try {
      const unit = gate.tryEnter() ?? (await gate.enter({ bytes: 1 }))
      const { datasource } = facade.current
      unit.leave()
      return datasource
    } catch (error) {
      return (error as { code?: string }).code ?? String(error)
    }
  }
  return { clock, center, target, swaps, gate, facade, controller, write, closedWriters: () => writersClosed }
}

export type ControllerWorld = ReturnType<typeof createControllerWorld>

/** A config center whose documents the test sets, and that can be away. */
function createCenter(clock: ReturnType<typeof createFakeClock>) {
  let text: string | null = null
  const state = { isDown: false }
  const stagedTexts = new Map([[staged.etag, 'target:3306/shop']])
  const changed = new Set<() => void>()
  const tell = (): void => {
    for (const wake of changed) wake()
  }
  const change = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const done = (): void => {
        changed.delete(done)
        resolve()
      }
      changed.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  const center = {
    say(next: string | null) {
      text = next
      tell()
    },
    setDown(down: boolean) {
      state.isDown = down
      tell()
    },
    stage(etag: string, content: string) {
      stagedTexts.set(etag, content)
      tell()
    },
    reads: 0,
    async *notices(signal: AbortSignal) {
      let told: string | null | undefined
      while (!signal.aborted) {
        if (!state.isDown && told !== text) {
          told = text
          yield told
        } else await change(signal)
      }
    },
    async readNotice(signal: AbortSignal) {
      center.reads += 1
      while (state.isDown && !signal.aborted) await change(signal)
      signal.throwIfAborted()
      await clock.sleep(1, signal)
      return text
    },
    async *datasources() {
      yield await Promise.resolve<string | null>('source:3306/shop')
    },
    async readStaged({ etag }: { readonly etag: string }, signal: AbortSignal) {
      for (;;) {
        const found = state.isDown ? undefined : stagedTexts.get(etag)
        if (found !== undefined) return found
        await change(signal)
        signal.throwIfAborted()
      }
    },
  } satisfies SwapCenter & Record<string, unknown>
  return center
}
