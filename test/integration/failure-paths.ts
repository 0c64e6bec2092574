import { execa } from 'execa'
import { createConnection, type Connection } from 'mysql2/promise'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labDocument } from '../../src/lab/lab-documents.ts'
import type { Lab } from '../../src/lab/open-lab.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import {
  atRoot,
  attempt,
  expectNoSecrets,
  openTestLab,
  snapshotOf,
  writePlaybook,
  type Attempt,
  type Attempted,
} from './cutover-lab.ts'
import { cutover } from './rehearse.ts'

interface Wanted {
  readonly exitCode: number
  readonly says: RegExp
  /** While the sync is stuck, a service that reads from the target cannot see the newest orders. */
  readonly readsMayBeStale?: true
}

/**
 * One lab takes all failures one after the other, under load. Before the point of no return each must leave it as it
 * was, which the next one relies on; the last one passes the point of no return.
 */
export function failurePaths(engine: ServerEngine): void {
  describe(`a cutover that fails on ${engine}`, () => {
    let lab: Lab
    beforeAll(async () => {
      lab = await openTestLab(engine)
    })
    afterAll(() => lab[Symbol.asyncDispose]())

    /** The database has no part in it, so it is tried on one. */
    const onMariadb = (fact: string, test: () => Promise<void>): void => {
      if (engine === 'mariadb') it(fact, test)
    }

    async function failsWithoutTrace(options: Attempt, wanted: Wanted): Promise<Attempted> {
      const before = await snapshotOf(lab)
      const run = await attempt(lab, options)
      expect({ exitCode: run.exitCode, output: run.output }).toEqual({
        exitCode: wanted.exitCode,
        output: expect.stringMatching(wanted.says) as string,
      })
      const isStaleRead = (finding: string): boolean =>
        wanted.readsMayBeStale === true && /reads of orders failed/.test(finding)
      expect(run.audit.findings.filter((finding) => !isStaleRead(finding))).toEqual([])
      expect(await snapshotOf(lab)).toEqual(before)
      await expectNoSecrets(lab, run)
      return run
    }

    onMariadb(
      'is refused before anything changes when the password of the config center is wrong',
      async () => {
        const environment = { NACOS_PASSWORD: 'certainly-not-the-password' }
        const run = await failsWithoutTrace({ environment }, { exitCode: 3, says: /nacos[\s\S]*password/i })
        expect(run.result).toBeUndefined()
      },
    )

    it('is refused when the world has moved since its plan was approved', async () => {
      const { source } = lab.pair
      const plan = join(lab.directory, 'approved.json')
      const playbook = await writePlaybook(lab, {})
      const env = { ...lab.environment }
      const planned = await execa(process.execPath, [cutover, 'plan', playbook, '--out', plan], { env })
      expect(planned.stdout).toContain('POINT OF NO RETURN')
      await atRoot(source, "GRANT CREATE ON orders.* TO 'orders_app'@'%'")
      try {
        const run = await failsWithoutTrace(
          { arguments: ['--plan', plan] },
          { exitCode: 3, says: /fence: approved .*INSERT.*now .*CREATE/ },
        )
        expect(run.result).toBeUndefined()
      } finally {
        await atRoot(source, "REVOKE CREATE ON orders.* FROM 'orders_app'@'%'")
      }
    })

    it('is undone when the runner may not grant on the target', async () => {
      const { target } = lab.pair
      const admin = `'${target.admin.user}'@'%'`
      await atRoot(target, `REVOKE GRANT OPTION ON orders.* FROM ${admin}`)
      try {
        await failsWithoutTrace({}, { exitCode: 7, says: /GRANT/ })
      } finally {
        await atRoot(target, `GRANT SELECT ON orders.* TO ${admin} WITH GRANT OPTION`)
      }
    })

    it('ends before anything changes when the sync is stopped', async () => {
      await atRoot(lab.pair.target, engine === 'mysql' ? 'STOP REPLICA' : 'STOP SLAVE')
      const change = [['deadline: 60s', 'deadline: 2s']] as const
      await failsWithoutTrace({ change }, { exitCode: 4, says: /sync is stopped/ })
    })

    it('is undone when the sync falls behind for good inside the pause', async () => {
      const blocker = await lab.pair.target.root()
      const change = [[/(id: caught-up-after[\s\S]*?deadline: )30s/, '$12s']] as const
      const when = {
        journalHas: '"type":"step.intended","id":"announce-upgrading"',
        act: async () => void (await blocker.query('LOCK TABLES orders.orders READ')),
      }
      const afterwards = (): void => blocker.destroy()
      const run = await failsWithoutTrace(
        { change, when, afterwards },
        { exitCode: 7, says: /caught-up-after/, readsMayBeStale: true },
      )
      expect(run.result?.undone).toContain('fence')
    })

    it('is undone when a session of orders does not leave the source', async () => {
      const lingering = await sessionOfOrders(lab)
      const change = [[/(gate: no-sessions[\s\S]*?deadline: )20s/, '$12s']] as const
      try {
        const run = await failsWithoutTrace({ change }, { exitCode: 7, says: /orders_app.*127\.0\.0\.1/ })
        expect(run.result?.undone).toContain('config-read-only')
      } finally {
        lingering.destroy()
      }
    })

    onMariadb('overwrites nothing when somebody edits the datasource document in between', async () => {
      const key = labDocument('orders.yaml')
      const original = lab.center.server.documents.stored(key)?.content ?? ''
      const edited = `${original}# edited by somebody else\n`
      lab.center.server.setFault(({ method, path }) => {
        if (method !== 'POST' || !path.endsWith('/cs/config')) return 'serve'
        const present = lab.center.server.documents.stored(key)?.content
        // The first publication of the document: the notice before it finds the document untouched, too.
        if (present === original && noticeSays(lab) === 'upgrading') {
          lab.center.server.documents.publish(
            key,
            { content: edited, type: 'yaml', user: 'somebody', ip: '127.0.0.1' },
            '',
          )
        }
        return 'serve'
      })
      try {
        const run = await attempt(lab)
        expect({ exitCode: run.exitCode, output: run.output }).toEqual({
          exitCode: 7,
          output: expect.stringMatching(/somebody else edited|nothing was overwritten/) as string,
        })
        expect(lab.center.server.documents.stored(key)?.content).toBe(edited)
        expect(run.audit.findings).toEqual([])
      } finally {
        lab.center.server.setFault(undefined)
        lab.center.server.documents.publish(
          key,
          { content: original, type: 'yaml', user: 'lab', ip: '127.0.0.1' },
          '',
        )
      }
    })

    onMariadb('is undone when an instance does not come up healthy', async () => {
      const marker = join(lab.directory, 'break-once')
      const command = join(lab.directory, 'restart-breaking')
      await writeFile(marker, '')
      // Breaks the second instance's restart once: it is stopped and nobody starts it.
      await writeFile(
        command,
        `#!/bin/sh
if [ "$1" = orders-2 ] && [ -f '${marker}' ]; then
  rm '${marker}'
  kill -9 ${lab.services.instance('orders-2').pid}
  exit 0
fi
exec '${lab.services.restartCommand}' "$1"
`,
      )
      await chmod(command, 0o755)
      const change = [[/(id: restart-read-only[\s\S]*?deadline: )60s/, '$15s']] as const
      try {
        await failsWithoutTrace(
          { change, environment: { RESTART_COMMAND: command } },
          { exitCode: 7, says: /orders-2/ },
        )
      } finally {
        await rm(command)
      }
    })

    it('keeps a second run out, which names the session that holds the lock', async () => {
      const playbook = await writePlaybook(lab, {})
      const args = [
        'run',
        playbook,
        '--confirm',
        'orders-target',
        '--agree-all',
        '--runs',
        join(lab.directory, 'second'),
      ]
      let second: { exitCode?: number | undefined; stderr: string } | undefined
      const lingering = await sessionOfOrders(lab)
      const stop = new AbortController()
      const when = {
        journalHas: '"id":"no-sessions"',
        act: async () => {
          second = await execa(process.execPath, [cutover, ...args], {
            env: { ...lab.environment },
            reject: false,
          })
          stop.abort()
        },
      }
      const change = [[/(gate: no-sessions[\s\S]*?deadline: )20s/, '$15m']] as const
      const afterwards = (): void => lingering.destroy()
      await failsWithoutTrace(
        { when, change, afterwards, signal: stop.signal },
        { exitCode: 7, says: /SIGINT/ },
      )
      expect(second?.exitCode).toBe(9)
      expect(second?.stderr).toMatch(/Another run works on .*session \d+ of cutover_admin/)
    })

    it('is undone when Ctrl-C comes inside the pause', async () => {
      const stop = new AbortController()
      const when = { journalHas: '"id":"restart-read-only"', act: async () => Promise.resolve(stop.abort()) }
      await failsWithoutTrace({ when, signal: stop.signal }, { exitCode: 7, says: /SIGINT/ })
    })

    it('leaves the target serving when the smoke test fails after the point of no return', async () => {
      const change = [[/(name: health\n\s+get: \/health\n\s+expect: \{ status: )200/, '$1299']] as const
      const run = await attempt(lab, { change })
      expect({ exitCode: run.exitCode, output: run.output }).toEqual({
        exitCode: 6,
        output: expect.stringMatching(/point of no return/i) as string,
      })
      expect(run.result?.outcome).toBe('stopped')
      expect(run.result?.undone).toEqual([])
      expect(run.audit.findings).toEqual([])
      await expectNoSecrets(lab, run)
    })
  })
}

/** A session of the service's account that does not end by itself. */
function sessionOfOrders({ pair: { source, passwords } }: Lab): Promise<Connection> {
  return createConnection({
    host: source.host,
    port: source.port,
    user: 'orders_app',
    password: passwords.orders_app.reveal(),
    database: 'orders',
  })
}

function noticeSays(lab: Lab): string | undefined {
  const key = labDocument('cutover-notice.json')
  const text = lab.center.server.documents.stored(key)?.content
  return text === undefined ? undefined : (JSON.parse(text) as { phase: string }).phase
}
