import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RowDataPacket } from 'mysql2/promise'
import type { DatabaseServer } from '../../src/core/ports/database-server.ts'
import type { SyncTask } from '../../src/core/ports/sync-task.ts'
import { CutoverError } from '../../src/core/errors.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import { openDatabaseServer } from '../../src/databases/open-database-server.ts'
import { openDatabasePair, type DatabasePair } from '../../src/lab/servers/open-database-pair.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { openNativeReplication } from '../../src/sync/open-native-replication.ts'
import { never } from './database-server-lab.ts'

/** Two real servers, the task that carries changes between them, and root sessions to arrange things. */
export interface SyncLab extends AsyncDisposable {
  readonly pair: DatabasePair
  readonly source: DatabaseServer
  readonly target: DatabaseServer
  readonly task: SyncTask
  /** The same servers under a channel that was never set up. */
  readonly absentTask: SyncTask
  readonly onSource: (...statements: string[]) => Promise<RowDataPacket[]>
  readonly onTarget: (...statements: string[]) => Promise<RowDataPacket[]>
}

export async function openSyncLab(engine: ServerEngine): Promise<SyncLab> {
  const directory = await mkdtemp(join(tmpdir(), 'cutover-sync-'))
  const pair = await openDatabasePair({
    engine,
    directory,
    rows: 50,
    seed: 1,
    signal: never,
    say: () => undefined,
  })
  const source = await openKitServer('source', pair.source)
  const target = await openKitServer('target', pair.target)
  const databases = (name: string): DatabaseServer => {
    const found = { source, target }[name]
    if (found === undefined) throw new CutoverError('internal', `no database ${name}`)
    return found
  }
  const spec = { kind: 'native-replication', from: 'source', to: 'target', channel: '' } as const
  const run =
    (server: RunningDatabase) =>
    async (...statements: string[]) => {
      let rows: RowDataPacket[] = []
      const root = await server.root()
      try {
        for (const statement of statements) [rows] = await root.query<RowDataPacket[]>(statement)
      } finally {
        root.destroy()
      }
      return rows
    }
  return {
    pair,
    source,
    target,
    task: openNativeReplication('sync', spec, databases),
    absentTask: openNativeReplication('absent', { ...spec, channel: 'absent' }, databases),
    onSource: run(pair.source),
    onTarget: run(pair.target),
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]()
      await target[Symbol.asyncDispose]()
      await pair[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function openKitServer(name: string, running: RunningDatabase): Promise<DatabaseServer> {
  const { host, port, admin } = running
  const spec = { kind: 'database', host, port, user: admin.user, password: 'env:ADMIN', tls: 'off' } as const
  return openDatabaseServer(name, spec, { resolve: async () => admin.password }, systemClock, never)
}
