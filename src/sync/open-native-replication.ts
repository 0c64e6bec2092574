import { CutoverError } from '../core/errors.ts'
import type { DatabaseServer, Position } from '../core/ports/database-server.ts'
import type { Applied, SyncStatus, SyncTask } from '../core/ports/sync-task.ts'
import type { NativeReplicationSpec } from '../core/system-specs.ts'
import { formatAddress } from '../databases/server-address.ts'
import type { ServerSession } from '../databases/server-session.ts'
import { sessionOf } from '../databases/session-of.ts'
import { readChannel, type Channel } from './channel.ts'
import type { GtidLag } from './gtid-lag.ts'
import { mariadbLag } from './mariadb-lag.ts'
import { mysqlLag } from './mysql-lag.ts'
import { waitUntilApplied } from './wait-until-applied.ts'

/**
 * The servers' own replication as a sync task. It watches, stops, starts and removes a channel that exists; it never
 * sets one up.
 *
 * @param databases the open servers of the playbook by name; the sync uses them until they are closed.
 */
export function openNativeReplication(
  name: string,
  spec: NativeReplicationSpec,
  databases: (name: string) => DatabaseServer,
): SyncTask {
  const source = sessionOf(databases(spec.from))
  const target = sessionOf(databases(spec.to))
  // A session of its own: the wait for a position must not hold up other statements.
  const waiter = target.openConnection()
  let reading: Promise<Channel | undefined> | undefined
  // Whoever asks while the answer is on its way gets the same one.
  const channel = (signal: AbortSignal): Promise<Channel | undefined> =>
    (reading ??= readChannel(target, spec.channel, signal).finally(() => {
      reading = undefined
    }))

  async function applied(position: Position, waitMs: number, signal: AbortSignal): Promise<Applied> {
    if (position.flavour !== target.identity.flavour) {
      return {
        state: 'unknown',
        reason: `a position of ${position.flavour} says nothing on ${target.identity.flavour}`,
      }
    }
    const lag: GtidLag =
      position.flavour === 'mysql'
        ? mysqlLag(source, waiter, position.gtid)
        : mariadbLag(waiter, channel, position.gtid)
    // Side by side over two sessions: users may be waiting.
    const [known, now] = await Promise.all([channel(signal), lag.look(signal)])
    if (known === undefined) return { state: 'behind', reason: describeMissing(target, spec) }
    const first = { now, status: known.status }
    const options = { first, waitMs, clock: target.clock, status: () => status(signal) }
    return waitUntilApplied(lag, options, signal)
  }

  async function status(signal: AbortSignal): Promise<SyncStatus> {
    return (await channel(signal))?.status ?? { state: 'missing' }
  }

  return {
    name,
    from: spec.from,
    to: spec.to,
    status,
    stop: (signal) => command(target, 'STOP', spec.channel, signal),
    async start(signal) {
      if ((await channel(signal)) === undefined) throw notSetUp(target, spec)
      await command(target, 'START', spec.channel, signal)
    },
    async remove(signal) {
      if ((await channel(signal)) === undefined) return
      await command(target, 'STOP', spec.channel, signal)
      await forget(target, spec.channel, signal)
    },
    applied,
  }
}

/** Both verbs only warn when the channel is in the wanted state already. */
async function command(
  target: ServerSession,
  verb: 'START' | 'STOP',
  channel: string,
  signal: AbortSignal,
): Promise<void> {
  const mysql = target.identity.flavour === 'mysql'
  await target.connection.change(
    {
      doing: `${verb.toLowerCase()} replication`,
      sql: mysql ? `${verb} REPLICA FOR CHANNEL ?` : `${verb} SLAVE ?`,
      values: [channel],
      needs: mysql ? 'REPLICATION_SLAVE_ADMIN' : 'REPLICATION SLAVE ADMIN',
      // A channel that does not exist has nothing to stop.
      fine: verb === 'STOP' ? [1617, 3074] : [],
    },
    signal,
  )
}

/** A channel that is only stopped starts again with its server. */
async function forget(target: ServerSession, channel: string, signal: AbortSignal): Promise<void> {
  const mysql = target.identity.flavour === 'mysql'
  await target.connection.change(
    {
      doing: 'forget replication',
      sql: mysql ? 'RESET REPLICA ALL FOR CHANNEL ?' : 'RESET SLAVE ? ALL',
      values: [channel],
      needs: 'RELOAD',
      fine: [1617, 3074],
    },
    signal,
  )
}

function describeMissing(target: ServerSession, spec: NativeReplicationSpec): string {
  const which =
    spec.channel === '' ? 'no replication' : `no replication channel ${JSON.stringify(spec.channel)}`
  return `${formatAddress(target.address)} has ${which}`
}

function notSetUp(target: ServerSession, spec: NativeReplicationSpec): CutoverError {
  return new CutoverError('system.refused', describeMissing(target, spec), {
    hint: `Set replication from ${spec.from} to ${spec.to} up first; the kit only watches, stops and starts it.`,
  })
}
