import { setTimeout as sleep } from 'node:timers/promises'
import { between, type Fault, type Scene } from './fault.ts'

export type Side = 'source' | 'target'

const bites: Readonly<Record<Side, RegExp>> = {
  source:
    /^after (step\.intended (fence|config-read-only)|gate\.waiting (no-sessions|writes-stopped|caught-up-after|rows-match|writes-still-stopped)|undo\.intended fence)/,
  target:
    /^after (step\.intended (read-only-account|read-write-account|stop-sync|allow-writes|remove-sync|drop-read-only-account)|gate\.waiting (caught-up-after|rows-match)|no-return\.passed)/,
}

/** Ends the server as told; it is back at once, while the run waits, or some time after the run went on. */
export function restarted(side: Side, how: 'stop' | 'kill'): Fault {
  return {
    name: `${side} ${how === 'stop' ? 'restarted' : 'crashed and restarted'}`,
    kind: `${side} away`,
    bites: bites[side],
    users: true,
    async strike({ stage, random, longestMs }) {
      const server = stage.lab.pair[side]
      await server[how]()
      const back = sleep(between(random, 0, longestMs)).then(() => server.start())
      if (random() < 0.5) await back
      return () => back
    },
  }
}

/** Nobody answers on open connections, and nobody ends them. */
export function frozen(side: Side): Fault {
  return {
    name: `${side} frozen`,
    kind: `${side} away`,
    bites: bites[side],
    users: true,
    async strike({ stage, random, longestMs }) {
      const server = stage.lab.pair[side]
      await server.suspend()
      const back = sleep(between(random, 500, longestMs)).then(() => server.resume())
      return () => back
    },
  }
}

/** The runner's connections are cut, and nobody listens for a while. */
export function cut(side: Side): Fault {
  return unreachable(side, { name: `connections to the ${side} cut`, mode: 'refuse', atLeastMs: 0 })
}

/** What the runner sends to the server vanishes for a while. */
export function swallowed(side: Side): Fault {
  return unreachable(side, { name: `packets to the ${side} swallowed`, mode: 'swallow', atLeastMs: 500 })
}

function unreachable(
  side: Side,
  how: { readonly name: string; readonly mode: 'refuse' | 'swallow'; readonly atLeastMs: number },
): Fault {
  return {
    name: how.name,
    kind: `connection to the ${side}`,
    bites: bites[side],
    async strike({ stage, random, longestMs }) {
      const proxy = stage.proxies[side]
      await proxy.setMode(how.mode)
      if (how.mode === 'refuse') proxy.cut()
      const awayMs = between(random, how.atLeastMs, longestMs)
      const back = sleep(awayMs).then(() => proxy.setMode('forward'))
      return () => back
    },
  }
}

const changing =
  /\b(GRANT|REVOKE|CREATE USER|DROP USER|ALTER USER|STOP|START|RESET|KILL|SET GLOBAL|LOCK TABLES)\b/

/** One of the next statements that change something is carried out, and its answer is lost with the connection. */
export function answerLost(side: Side): Fault {
  return {
    name: `answer of the ${side} lost`,
    kind: `connection to the ${side}`,
    bites: bites[side],
    async strike({ stage, random }: Scene) {
      const proxy = stage.proxies[side]
      let skip = between(random, 0, 2)
      proxy.loseAnswerTo((bytes) => {
        if (!changing.test(bytes.toString('latin1'))) return false
        skip -= 1
        return skip < 0
      })
      return async () => proxy.loseAnswerTo(undefined)
    },
  }
}
