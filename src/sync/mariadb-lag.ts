import type { Applied } from '../core/ports/sync-task.ts'
import type { Connection } from '../databases/connection.ts'
import type { Row } from '../databases/statement.ts'
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

/**
 * MariaDB: replication has applied the last transaction of every domain that flows to the target.
 * @param channel tells which domains flow; undefined: the channel is not set up, and none does.
 */
export function mariadbLag(
  waiter: Connection,
  channel: (signal: AbortSignal) => Promise<Channel | undefined>,
  gtid: string,
): GtidLag {
  const all = readDomains(gtid)
  let flowing: readonly DomainPosition[] = []
  let missing: readonly DomainPosition[] = []

  function behind(target: TargetPosition): readonly DomainPosition[] {
    const left = domainsBehind(flowing, target.applied)
    // What the target wrote itself comes back from the source and is not applied a second time.
    const foreign = left.filter(({ server }) => server !== target.serverId)
    const own = left.filter(({ server }) => server === target.serverId)
    return [...foreign, ...domainsBehind(own, target.logged)]
  }

  function judge(target: TargetPosition): Applied {
    if (flowing.length === 0 && all.length > 0) {
      return { state: 'unknown', reason: 'replication leaves every GTID domain of the source out' }
    }
    missing = behind(target)
    if (missing.length > 0) {
      return { state: 'behind', reason: `the target lacks ${shortGtid(missing.map(formatDomain).join(','))}` }
    }
    return {
      state: 'applied',
      evidence: `the target has applied ${shortGtid(flowing.map(formatDomain).join(','))}`,
    }
  }

  async function look(signal: AbortSignal): Promise<Applied> {
    // Side by side over two sessions: users may be waiting.
    const [known, target] = await Promise.all([channel(signal), readTarget(waiter, signal)])
    flowing = all.filter(({ domain }) => flows(domain, known))
    return judge(target)
  }

  return {
    look,
    async wait(ms, signal) {
      const [row] = await waiter.read(
        {
          doing: 'wait for the position',
          sql: `SELECT MASTER_GTID_WAIT(?, ?) AS reached, ${targetColumns}`,
          values: [missing.map(formatDomain).join(','), ms / 1000],
        },
        signal,
      )
      // Positions only grow, so it does not matter whether the server read them before it waited or after.
      const now = judge(targetIn(row))
      return now.state === 'applied' ? now : look(signal)
    },
    /** A domain of which nothing ever arrived may be older than the target's copy. */
    async whyNever(signal) {
      const target = await readTarget(waiter, signal)
      const known = new Set(target.applied.map(({ domain }) => domain))
      const strangers = behind(target).filter(({ domain }) => !known.has(domain))
      if (strangers.length === 0) return undefined
      const list = strangers.map(formatDomain).join(', ')
      return `nothing of GTID domain ${strangers[0]?.domain} has ever arrived (${list}); if the target's copy holds it, add it to the target's gtid_slave_pos, or leave the domain out of replication`
    },
  }
}

function flows(domain: string, channel: Channel | undefined): boolean {
  if (channel === undefined || channel.ignoredDomains.has(domain)) return false
  return channel.onlyDomains.size === 0 || channel.onlyDomains.has(domain)
}

const targetColumns =
  '@@GLOBAL.gtid_slave_pos AS applied, @@GLOBAL.gtid_binlog_pos AS logged, @@GLOBAL.server_id AS id'

async function readTarget(waiter: Connection, signal: AbortSignal): Promise<TargetPosition> {
  const doing = 'read what replication has applied'
  const [row] = await waiter.read({ doing, sql: `SELECT ${targetColumns}` }, signal)
  return targetIn(row)
}

function targetIn(row: Row | undefined): TargetPosition {
  return {
    applied: readDomains(String(row?.['applied'] ?? '')),
    logged: readDomains(String(row?.['logged'] ?? '')),
    serverId: String(row?.['id'] ?? ''),
  }
}
