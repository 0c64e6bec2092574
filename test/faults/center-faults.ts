import { setTimeout as sleep } from 'node:timers/promises'
import type { Fate } from '../../src/lab/center/start-nacos-server.ts'
import { between, type Fault } from './fault.ts'

const bites = /^after (step|undo)\.intended (announce|config)/

export const centerDown: Fault = {
  name: 'config center down and up',
  kind: 'config center away',
  bites,
  async strike({ stage, random, longestMs }) {
    const { server: center } = stage.lab.center
    await center.setDown(true)
    const back = sleep(between(random, 500, longestMs)).then(() => center.setDown(false))
    return () => back
  },
}

/** A write is carried out, and the runner does not learn of it. */
function ambiguous(name: string, fate: Fate): Fault {
  return {
    name,
    kind: 'ambiguous publish',
    bites,
    async strike({ stage, random }) {
      const { server: center } = stage.lab.center
      let left = between(random, 1, 2)
      center.setFault(({ method, path }) => {
        if (method === 'GET' || !path.endsWith('/cs/config') || left === 0) return 'serve'
        left -= 1
        return fate
      })
      return async () => center.setFault(undefined)
    },
  }
}

export const publishAnswerLost = ambiguous('answer to a publish lost', 'lose-answer')
export const publishAnswerLate = ambiguous('answer to a publish later than the deadline', 'keep-answer')
export const publishLost = ambiguous('publish lost', 'lose-request')
