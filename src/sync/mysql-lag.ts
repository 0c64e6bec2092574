import { isCutoverError } from '../core/errors.ts'
import type { Applied } from '../core/ports/sync-task.ts'
import type { Connection } from '../databases/connection.ts'
import type { ServerSession } from '../databases/server-session.ts'
import type { Row } from '../databases/statement.ts'
import { shortGtid, type GtidLag } from './gtid-lag.ts'

/** MySQL: the target has executed every transaction of the source's set. Its own local ones do not matter. */
export function mysqlLag(source: ServerSession, waiter: Connection, gtid: string): GtidLag {
  async function missing(signal: AbortSignal): Promise<string> {
    const [row] = await waiter.read(
      {
        doing: 'compare its executed transactions with the position',
        sql: `SELECT ${missingColumn}`,
        values: [gtid],
      },
      signal,
    )
    return missingIn(row)
  }

  async function look(signal: AbortSignal): Promise<Applied> {
    return judge(await missing(signal))
  }

  function judge(left: string): Applied {
    if (left === '') return { state: 'applied', evidence: `the target has executed ${shortGtid(gtid)}` }
    return { state: 'behind', reason: `the target lacks ${shortGtid(left)}` }
  }

  return {
    look,
    async wait(ms, signal) {
      const [row] = await waiter.read(
        {
          doing: 'wait for the position',
          sql: `SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?) AS timedOut, ${missingColumn}`,
          values: [gtid, ms / 1000, gtid],
        },
        signal,
      )
      // The set decides, not the function's answer. It only grows, so it does not matter when the server read it.
      const now = judge(missingIn(row))
      return now.state === 'applied' ? now : look(signal)
    },
    async whyNever(signal) {
      const purged = await findPurged(source, await missing(signal), signal)
      if (purged === '') return undefined
      return `the source has purged ${shortGtid(purged)} from its logs, so it will never arrive; if the target's copy holds it, add it to the target's gtid_purged`
    },
  }
}

const missingColumn = 'GTID_SUBTRACT(?, @@GLOBAL.gtid_executed) AS missing'

function missingIn(row: Row | undefined): string {
  return String(row?.['missing'] ?? '').replace(/\s+/g, '')
}

/** Of these transactions, the ones that the source has no log of any more; '' when it cannot be asked. */
async function findPurged(source: ServerSession, gtid: string, signal: AbortSignal): Promise<string> {
  try {
    const [row] = await source.connection.read(
      {
        doing: 'read which transactions it no longer has',
        sql: 'SELECT GTID_SUBTRACT(?, GTID_SUBTRACT(?, @@GLOBAL.gtid_purged)) AS purged',
        values: [gtid, gtid],
      },
      signal,
    )
    return String(row?.['purged'] ?? '').replace(/\s+/g, '')
  } catch (error) {
    // A dead source explains nothing, but what the target holds is still known.
    if (isCutoverError(error) && error.code === 'system.unreachable') return ''
    throw error
  }
}
