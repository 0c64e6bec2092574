import { execa } from 'execa'
import { createConnection } from 'mysql2/promise'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runInLab, type LabRun } from '../../src/cli/rehearsal/run-in-lab.ts'
import { startLabLoad } from '../../src/lab/lab-load.ts'
import type { Lab } from '../../src/lab/open-lab.ts'
import { findFreePort } from '../../src/lab/servers/find-free-port.ts'
import { openTestLab, playbooks } from './cutover-lab.ts'
import { cutover } from './rehearse.ts'
import { leaksIn } from './secret-spellings.ts'
import { watchCommandLines, type CommandLineWatch } from './watch-command-lines.ts'

/** Somebody's password, though not the right one here; every character of it is spelled differently somewhere. */
const mistyped = 'a&b=c d"e\\f/g+h%i\'j$k<l>ü'

/** All that a run leaves where somebody may read it: what it prints, writes, and shows in the process table. */
describe('the passwords of the lab are nowhere to be seen', { timeout: 120_000 }, () => {
  let lab: Lab
  let watch: CommandLineWatch
  const shown = new Map<string, string>()
  beforeAll(async () => {
    watch = watchCommandLines()
    lab = await openTestLab('mariadb')
  })
  afterAll(async () => {
    watch[Symbol.dispose]()
    await lab[Symbol.asyncDispose]()
  })

  async function run(
    name: string,
    playbook: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<LabRun> {
    const made = await runInLab(lab, {
      playbook,
      confirm: 'orders-target',
      signal: new AbortController().signal,
      show: false,
      environment,
    })
    shown.set(`the output of ${name}`, made.output)
    if (made.result) shown.set(`the result of ${name}`, JSON.stringify(made.result))
    return made
  }

  function command(name: string, ...args: readonly string[]): Promise<number | undefined> {
    return commandWith({}, name, ...args)
  }

  async function commandWith(
    environment: Readonly<Record<string, string>>,
    name: string,
    ...args: readonly string[]
  ): Promise<number | undefined> {
    const done = await execa(process.execPath, [cutover, ...args], {
      env: { ...lab.environment, ...environment },
      reject: false,
      all: true,
      stdin: 'ignore',
    })
    shown.set(`the output of ${name}`, done.all)
    return done.exitCode
  }

  async function expectNoLeak(): Promise<void> {
    const texts = new Map([...shown, ...(await filesBelow(lab.directory))])
    texts.set('a command line', [...watch.seen].join('\n'))
    const secrets = new Map(lab.secrets.map((secret) => [secret.name, secret.reveal()]))
    secrets.set('the mistyped password', mistyped)
    expect(leaksIn(texts, secrets)).toEqual([])
  }

  const shipped = join(playbooks, 'stop-write.yaml')

  async function changed(name: string, from: RegExp | string, to: string): Promise<string> {
    const text = await readFile(shipped, 'utf8')
    const other = text.replace(from, to)
    expect(other).not.toBe(text)
    // Not where files are searched: one of these playbooks has a password in it, and that is its author's doing.
    const directory = join(lab.directory, written)
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, name), other)
    return join(directory, name)
  }

  it('after a plan, as text and as JSON', async () => {
    expect(await command('plan', 'plan', shipped)).toBe(0)
    expect(await command('plan --json', 'plan', shipped, '--json')).toBe(0)
    await expectNoLeak()
  })

  it.each(['SOURCE_PASSWORD', 'TARGET_PASSWORD', 'NACOS_PASSWORD'])(
    'after a run that was refused because %s was wrong',
    async (variable) => {
      const { exitCode, output } = await run(variable, shipped, { [variable]: mistyped })
      expect({ exitCode, output }).toEqual({ exitCode: 3, output: expect.any(String) as string })
      await expectNoLeak()
    },
  )

  it('after a run that was refused because a server could not be reached', async () => {
    const port = String(await findFreePort())
    expect((await run('an unreachable target', shipped, { TARGET_PORT: port })).exitCode).toBe(3)
    await expectNoLeak()
  })

  it.each([
    ['in a field for a secret', 'password: env:SOURCE_PASSWORD', 'password: '],
    ['in an unknown field', 'password: env:SOURCE_PASSWORD', 'password: env:SOURCE_PASSWORD\n    passwort: '],
    ['in a document address', '{ center: nacos, dataId: orders.yaml }', ''],
  ])('after a playbook was refused that has a password %s', async (name, from, to) => {
    const password = lab.pair.source.admin.password.reveal()
    const playbook = await changed('inline.yaml', from, to + password)
    expect(await command(`validate, ${name}`, 'validate', playbook)).toBe(2)
    expect((await run(`a password ${name}`, playbook)).exitCode).toBe(2)
    await expectNoLeak()
  })

  it('after a run that was undone because a session stayed on the source', async () => {
    const { source, passwords } = lab.pair
    const staying = await createConnection({
      host: source.host,
      port: source.port,
      user: 'orders_app',
      password: passwords.orders_app.reveal(),
    })
    const playbook = await changed('session.yaml', /(gate: no-sessions[\s\S]*?deadline: )20s/, '$11s')
    try {
      await underLoad(async () => {
        const { exitCode, result } = await run('an undone run', playbook)
        expect({ exitCode, undone: result?.undone }).toMatchObject({
          exitCode: 7,
          undone: expect.arrayContaining(['config-read-only']) as string[],
        })
      })
    } finally {
      staying.destroy()
    }
    await expectNoLeak()
  })

  it('after a run that was stranded by a restart command that failed and printed all it knows', async () => {
    const restart = join(lab.directory, 'restart-and-tell')
    await writeFile(restart, '#!/bin/sh\nenv | grep _PASSWORD\nexit 1\n')
    await chmod(restart, 0o755)
    const environment = { RESTART_COMMAND: restart, SHOP_APP_PASSWORD: '' }
    const { output, result } = await run('a telling restart', shipped, environment)
    // The instances never went down, so walking back restarts them, too, by the same command.
    expect({ outcome: result?.outcome, output }).toEqual({
      outcome: 'stranded',
      output: expect.stringContaining('ORDERS_RW_PASSWORD=‹secret:env:ORDERS_RW_PASSWORD›') as string,
    })
    await expectNoLeak()
    // The same path, since a run is taken up with the variables it was begun with.
    await writeFile(restart, `#!/bin/sh\nexec '${lab.services.restartCommand}' "$1"\n`)
    const runs = join(lab.directory, 'runs')
    const args = ['undo', '--runs', runs, '--confirm', 'orders-target']
    expect(await commandWith({ RESTART_COMMAND: restart }, 'undo', ...args)).toBe(0)
    await expectNoLeak()
  })

  it('after a run that was completed, and in its report', async () => {
    await underLoad(async () => {
      const { exitCode, output } = await run('a completed run', shipped)
      expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.any(String) as string })
    })
    expect(await command('report', 'report', '--runs', join(lab.directory, 'runs'))).toBe(0)
    await expectNoLeak()
  })

  it('and these tests looked where they are', () => {
    const lines = [...watch.seen]
    // Short-lived: the restart command runs for some ten milliseconds.
    for (const program of ['main.js run', lab.services.restartCommand, 'orders-service'])
      expect(lines.filter((line) => line.includes(program))).not.toEqual([])
    expect([...shown.values()].filter((text) => text === '')).toEqual([])
  })

  async function underLoad(act: () => Promise<void>): Promise<void> {
    await using load = await startLabLoad(lab, { seed: shown.size, writesPerSecond: 20, readsPerSecond: 20 })
    await act()
    await load.stop()
  }
})

const written = 'written-by-the-test'

/** Every file below a directory but the servers' own data, which holds the accounts. */
async function filesBelow(directory: string): Promise<readonly (readonly [string, string])[]> {
  const found: [string, string][] = []
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory() && entry.name !== 'data' && entry.name !== written)
      found.push(...(await filesBelow(path)).map(([name, text]): [string, string] => [name, text]))
    if (entry.isFile()) found.push([path, await readFile(path, 'utf8')])
  }
  return found
}
