import { execa } from 'execa'
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { whoAmI } from '../../src/cli/people/who-am-i.ts'
import type { JournalEntry } from '../../src/core/journal-entry.ts'
import { startNacosServer, type RunningNacos } from '../../src/lab/center/start-nacos-server.ts'
import { keys, startAtTerminal, type AtTerminal } from './at-terminal.ts'
import { cutover } from './rehearse.ts'

/*
 * A playbook that touches files only: steering can be tried without a database. `wait-before` and `wait-inside` take as
 * long as a file is missing; `mark` and `fence` can be walked back.
 */
const playbook = (url: string, directory: string): string => `
name: small-move
purpose: Touch files.
confirm: small-target
systems:
  center: { kind: nacos, servers: '${url}' }
prepare:
  - ${touch('mark', directory)}
  - gate: operator-agrees
    id: go
    deadline: 60s
    with: { question: Begin? }
  - ${waitFor('wait-before', directory)}
pause:
  budget: 120s
  steps:
    - ${touch('fence', directory)}
    - ${waitFor('wait-inside', directory)}
settle:
  - ${touch('after', directory)}
`

function touch(id: string, directory: string): string {
  const file = join(directory, id)
  const verbs = `command: [touch, ${file}], verify: [test, -e, ${file}], undo: [rm, -f, ${file}]`
  return `{ step: run-command, id: ${id}, with: { ${verbs} } }`
}

function waitFor(id: string, directory: string): string {
  const file = join(directory, id)
  const command = `command: [sh, -c, 'touch ${file}.begun; until test -e ${file}; do sleep 0.05; done']`
  return `{ step: run-command, id: ${id}, with: { ${command}, verify: [test, -e, ${file}], undo: ['true'] } }`
}

let directory: string
let nacos: RunningNacos
let file: string
beforeEach(async () => {
  nacos = await startNacosServer({ flavour: '3.1' })
  directory = await mkdtemp(join(tmpdir(), 'cutover-steering-'))
  file = join(directory, 'small.yaml')
  await writeFile(file, playbook(nacos.url, directory))
})
afterEach(async () => {
  await nacos[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const allow = (id: string): Promise<void> => writeFile(join(directory, id), '')

const there = (id: string): Promise<boolean> =>
  access(join(directory, id)).then(
    () => true,
    () => false,
  )

/** Its program runs, in a process group of its own: a key that comes earlier would still reach it. */
const begun = (id: string): Promise<void> =>
  expect.poll(() => there(`${id}.begun`), { timeout: 20_000, interval: 10 }).toBe(true)

const runs = (): string => join(directory, 'runs')
const agreed = ['--confirm', 'small-target', '--agree-all'] as const

function startRun(flags: readonly string[] = agreed): AtTerminal {
  return startAtTerminal(['run', file, ...flags, '--runs', runs()], {})
}

/** From another terminal, or without one. */
async function call(...args: readonly string[]): Promise<{ exitCode: number | undefined; output: string }> {
  const options = { all: true, reject: false, stdin: 'ignore' } as const
  const { exitCode, all } = await execa(process.execPath, [cutover, ...args, '--runs', runs()], options)
  return { exitCode, output: all }
}

async function journal(): Promise<readonly JournalEntry[]> {
  const [run] = await readdir(runs()).catch(() => [])
  const text = await readFile(join(runs(), run ?? 'none', 'journal.jsonl'), 'utf8').catch(() => '')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JournalEntry)
}

async function reached(type: JournalEntry['type']): Promise<void> {
  await expect
    .poll(async () => (await journal()).some((entry) => entry.type === type), {
      interval: 20,
      timeout: 30_000,
    })
    .toBe(true)
}

const shows = (run: AtTerminal, wanted: RegExp): Promise<void> =>
  expect.poll(() => run.screen(), { timeout: 20_000 }).toMatch(wanted)

/** What was asked of the run, by whom. */
async function asked(): Promise<readonly string[]> {
  const entries = await journal()
  return entries.flatMap((entry) => (entry.type === 'operator.asked' ? [`${entry.wish} ${entry.by}`] : []))
}

const me = `${whoAmI()}@${hostname()}`

it('Ctrl-C while it prepares lets the step in hand finish and parks; Ctrl-Z does nothing', async () => {
  const run = startRun()
  await begun('wait-before')
  await shows(run, /Ctrl-C stops after wait-before, and everything stays as it stands/)
  run.press(keys.ctrlZ)
  await shows(run, /Ctrl-Z does nothing here/)
  run.press(keys.ctrlC)
  await shows(run, /SIGINT: stops after wait-before and leaves everything as it stands; then: cutover resume/)
  await shows(run, /Ctrl-C again asks what to do instead/)
  await allow('wait-before')
  expect(await run.ended, run.screen()).toBe(5)
  expect(await asked()).toEqual(['park SIGINT'])
  expect([await there('mark'), await there('fence')]).toEqual([true, false])
  expect(await call('status')).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/: parked[\s\S]*cutover resume/) as string,
  })
  expect(await call('pause')).toMatchObject({
    exitCode: 2,
    output: expect.stringMatching(/has ended: parked[\s\S]*cutover resume/) as string,
  })
  await allow('wait-inside')
  expect((await call('resume', ...agreed)).exitCode).toBe(0)
}, 90_000)

it('a second Ctrl-C asks, and the run is walked back when that is the answer', async () => {
  const run = startRun()
  await begun('wait-before')
  run.press(keys.ctrlC)
  await shows(run, /Ctrl-C again asks/)
  run.press(keys.ctrlC)
  await shows(run, /wait: it stops after wait-before[\s\S]*walk back[\s\S]*go on after all/)
  run.press(keys.down + keys.down)
  run.press(keys.enter)
  expect(await run.ended, run.screen()).toBe(7)
  expect(await asked()).toEqual(['park SIGINT', `undo ${me}`])
  expect(await there('mark')).toBe(false)
}, 90_000)

it('Ctrl-C at a question is no answer: at the first one nothing is done', async () => {
  const run = startRun([])
  await shows(run, /Type small-target to go on/)
  run.press(keys.ctrlC)
  expect(await run.ended, run.screen()).toBe(10)
  expect(await journal()).toEqual([])
}, 90_000)

it('Ctrl-C in the pause asks while the run goes on, and no answer lets it go on', async () => {
  await allow('wait-before')
  const run = startRun()
  await begun('wait-inside')
  await shows(run, /undo still fits until \d\d:\d\d:\d\d/)
  run.press(keys.ctrlC)
  await shows(run, /Walk back or go on\? The run goes on meanwhile/)
  await allow('wait-inside')
  // Its end takes the question from the screen.
  expect(await run.ended, run.screen()).toBe(0)
  expect(await asked()).toEqual([])
}, 90_000)

it('Ctrl-C in the pause walks back when that is the answer', async () => {
  await allow('wait-before')
  const run = startRun()
  await begun('wait-inside')
  await shows(run, /Ctrl-C asks: go on, walk back, or stop later/)
  run.press(keys.ctrlC)
  await shows(run, /Walk back or go on\?/)
  run.press(keys.down + keys.down)
  run.press(keys.enter)
  expect(await run.ended, run.screen()).toBe(7)
  expect(await asked()).toEqual([`undo ${me}`])
  expect([await there('mark'), await there('fence')]).toEqual([false, false])
}, 90_000)

it('a terminal that is lost in the pause lets it go on to its end, and there the run parks', async () => {
  await allow('wait-before')
  const run = startRun()
  await begun('wait-inside')
  run.hangUp()
  await reached('operator.asked')
  await allow('wait-inside')
  await reached('run.ended')
  expect(await asked()).toEqual(['park SIGHUP'])
  expect((await journal()).at(-1)).toMatchObject({ type: 'run.ended', outcome: 'stopped' })
  expect([await there('fence'), await there('after')]).toEqual([true, false])
}, 90_000)

it('a terminal that is lost at a question answers nothing: the run parks, and can be walked back', async () => {
  const run = startRun(['--confirm', 'small-target'])
  await shows(run, /Begin\?/)
  run.hangUp()
  await reached('run.ended')
  expect((await journal()).at(-1)).toMatchObject({ outcome: 'stopped', failure: { code: 'interrupted' } })
  expect((await call('undo', ...agreed)).exitCode).toBe(0)
  expect(await there('mark')).toBe(false)
}, 90_000)

it('SIGTERM without a terminal walks back what is done in the pause', async () => {
  await allow('wait-before')
  const options = { all: true, reject: false, stdin: 'ignore' } as const
  const run = execa(process.execPath, [cutover, 'run', file, ...agreed, '--runs', runs()], options)
  await begun('wait-inside')
  run.kill('SIGTERM')
  const { exitCode, all } = await run
  expect({ exitCode, all }).toEqual({ exitCode: 7, all: expect.stringMatching(/SIGTERM: cuts/) as string })
  expect(await asked()).toEqual(['undo SIGTERM'])
}, 90_000)

it('is held, looked at, continued and stopped from other terminals', async () => {
  const run = startRun()
  await begun('wait-before')
  expect((await call('pause', '--reason', 'lag')).output).toMatch(
    /waits after wait-before until: cutover continue/,
  )
  await allow('wait-before')
  await expect.poll(async () => (await call('status')).output, { timeout: 20_000 }).toMatch(/held by hand/)
  const [status, second] = await Promise.all([call('status', '--json'), call('resume', ...agreed)])
  expect(JSON.parse(status.output)).toMatchObject({
    condition: 'held',
    position: { held: true, inPause: false },
  })
  expect(second).toMatchObject({
    exitCode: 9,
    output: expect.stringMatching(/Process \d+ works on run/) as string,
  })
  const attached = call('attach')
  expect((await call('note', 'the phone rang')).exitCode).toBe(0)
  expect((await call('continue')).exitCode).toBe(0)
  await begun('wait-inside')
  expect((await call('stop')).output).toMatch(/stops at the end of the pause/)
  await allow('wait-inside')
  expect(await run.ended, run.screen()).toBe(5)
  expect(await attached).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(
      /mark[\s\S]*the phone rang[\s\S]*wait-inside[\s\S]*Stopped as it stands/,
    ) as string,
  })
  expect(await asked()).toEqual([`hold ${me}`, `go-on ${me}`, `park ${me}`])
}, 120_000)
