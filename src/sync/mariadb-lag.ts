import type { Applied } from '../core/ports/sync-task.ts'
import type { Connection } from '../databases/connection.ts'
import type { Channel } from './channel.ts'
import { shortGtid, type GtidLag } from './gtid-lag.ts'
import { domainsBehind, formatDomain, readDomains, type DomainPosition } from './mariadb-gtid.ts'

interface TargetPosition {
  /** What replication has applied. Only this is compared: other positions also hold the target's own writes. */
  readonly applied: readonly DomainPosition[]
  /** What is in the target's own log. */
  readonly logged: readonly DomainPosition[]
  readonly serverId: string
}

/** MariaDB: replication has applied the last transaction of every domain that flows to the target. */
export function mariadbLag(waiter: Connection, channel: Channel, gtid: string): GtidLag {
  const all = readDomains(gtid)
  const flowing = all.filter(
    ({ domain }) =>
      !channel.ignoredDomains.has(domain) &&
      (channel.onlyDomains.size === 0 || channel.onlyDomains.has(domain)),
  )

  async function behind(signal: AbortSignal): Promise<readonly DomainPosition[]> {
    const target = await readTarget(waiter, signal)
    const left = domainsBehind(flowing, target.applied)
    // What the target wrote itself comes back from the source and is not applied a second time.
    const foreign = left.filter(({ server }) => server !== target.serverId)
    const own = left.filter(({ server }) => server === target.serverId)
    return [...foreign, ...domainsBehind(own, target.logged)]
  }

  async function look(signal: AbortSignal): Promise<Applied> {
    if (flowing.length === 0 && all.length > 0) {
      return { state: 'unknown', reason: 'replication leaves every GTID domain of the source out' }
    }
    const left = await behind(signal)
    if (left.length > 0) {
      return { state: 'behind', reason: `the target lacks ${shortGtid(left.map(formatDomain).join(','))}` }
    }
    return {
      state: 'applied',
      evidence: `the target has applied ${shortGtid(flowing.map(formatDomain).join(','))}`,
    }
  }

  return {
    look,
    async wait(ms, signal) {
      const left = await behind(signal)
      if (left.length > 0) {
        await waiter.read(
          {
            doing: 'wait for the position',
            sql: 'SELECT MASTER_GTID_WAIT(?, ?) AS reached',
            values: [left.map(formatDomain).join(','), ms / 1000],
          },
          signal,
        )
      }
      return look(signal)
    },
    /** A domain of which nothing ever arrived may be older than the target's copy. */
    async whyNever(signal) {
      const { applied } = await readTarget(waiter, signal)
      const known = new Set(applied.map(({ domain }) => domain))
      const strangers = (await behind(signal)).filter(({ domain }) => !known.has(domain))
      if (strangers.length === 0) return undefined
      const list = strangers.map(formatDomain).join(', ')
      return `nothing of GTID domain ${strangers[0]?.domain} has ever arrived (${list}); if the target's copy holds it, add it to the target's gtid_slave_pos, or leave the domain out of replication`
    },
  }
}

async function readTarget(waiter: Connection, signal: AbortSignal): Promise<TargetPosition> {
  const [row] = await waiter.read(
    {
      doing: 'read what replication has applied',
      sql: 'SELECT @@GLOBAL.gtid_slave_pos AS applied, @@GLOBAL.gtid_binlog_pos AS logged, @@GLOBAL.server_id AS id',
    },
    signal,
  )
  return {
    applied: readDomains(String(row?.['applied'] ?? '')),
    logged: readDomains(String(row?.['logged'] ?? '')),
    serverId: String(row?.['id'] ?? ''),
  }
}
