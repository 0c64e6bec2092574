import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNacosServer } from '../../src/lab/center/start-nacos-server.ts'
import { createAccountStatements } from '../../src/lab/servers/create-account.ts'
import { randomPassword } from '../../src/lab/servers/random-password.ts'
import { runAsRoot } from '../../src/lab/servers/run-as-root.ts'
import { startDatabase } from '../../src/lab/servers/start-database.ts'
import { packInto } from './consumer.ts'

const schema = 'shop'
const user = 'shop_app'
const key = { tenant: 'public', group: 'DEFAULT_GROUP', dataId: 'orders.yaml' }

/** What the sample services live in. */
export interface World extends AsyncDisposable {
  /** The packed package. */
  readonly archive: string
  /** A config center that says where the database is, with its empty table `orders`. */
  readonly centerUrl: string
}

export async function openWorld(): Promise<World> {
  const { signal } = new AbortController()
  const home = await mkdtemp(join(tmpdir(), 'surface-'))
  const archive = await packInto(home)
  const database = await startDatabase({
    engine: 'mariadb',
    directory: join(home, 'db'),
    serverId: 1,
    signal,
  })
  const center = await startNacosServer({ flavour: '3.1', publishDelayMs: 0 })
  const password = randomPassword(user)
  const statements = [
    `CREATE DATABASE ${schema}`,
    `CREATE TABLE ${schema}.orders (uid VARCHAR(40) PRIMARY KEY)`,
    ...createAccountStatements(user, password, [{ privileges: ['SELECT', 'INSERT'], on: `${schema}.*` }]),
  ]
  await runAsRoot(database, statements, { signal })
  const lines = [
    'spring:',
    '  datasource:',
    `    url: jdbc:mysql://127.0.0.1:${database.port}/${schema}`,
    `    username: ${user}`,
    `    password: '${password.reveal()}'`,
  ]
  center.documents.publish(key, { content: lines.join('\n'), user: 'test', ip: '127.0.0.1' }, '')
  return {
    archive,
    centerUrl: center.url,
    async [Symbol.asyncDispose]() {
      await center[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
      await rm(home, { recursive: true, force: true })
    },
  }
}
