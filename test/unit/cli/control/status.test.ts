import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { attach } from '../../../../src/cli/commands/attach.ts'
import { goOn, note, pause, stop } from '../../../../src/cli/commands/steer.ts'
import { status } from '../../../../src/cli/commands/status.ts'
import { callerName } from '../../../../src/cli/control/caller.ts'
import { openControlServer, type ControlServer } from '../../../../src/cli/control/control-server.ts'
import { runHandlers } from '../../../../src/cli/control/run-handlers.ts'
import type { EntryBody, JournalEntry } from '../../../../src/core/journal-entry.ts'
import { openJournal } from '../../../../src/runner/open-journal.ts'
import { createFakeClock } from '../../../fakes/fake-clock.ts'
import { createFakeRunControl, type FakeRunControl } from '../../../fakes/fake-run-control.ts'

let runs: string
let printed: string
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'status-'))
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => rm(runs, { recursive: true, force: true }))

const begun: readonly EntryBody[] = [
  {
    type: 'run.started',
    format: 1,
    runId: 'run-1',
    playbook: 'small',
    playbookDigest: '',
    planDigest: '',
    kit: '',
  },
  { type: 'phase.started', phase: 'prepare' },
  { type: 'step.intended', id: 'account', uses: 'set-cell', seen: null },
]
const ended = (outcome: 'completed' | 'stopped' | 'undone' | 'stranded'): EntryBody => ({
  type: 'run.ended',
  outcome,
})

/** A run's directory with these entries; the clock of its journal stands in the past. */
async function write(
  name: string,
  bodies: readonly EntryBody[],
  actor = callerName(),
): Promise<readonly JournalEntry[]> {
  const clock = createFakeClock(new Date('2026-01-01T00:00:00.000Z'))
  await using journal = await openJournal({ directory: join(runs, name), actor, clock, epoch: 1 })
  const entries: JournalEntry[] = []
  for (const body of bodies) entries.push(await journal.append(body))
  return entries
}

async function live(name: string, control: FakeRunControl): Promise<ControlServer> {
  const server = await openControlServer({
    directory: join(runs, name),
    runId: 'run-1',
    redact: (text) => text,
    holder: 'Another process',
  })
  const playbook = { name: 'small', items: [{ id: 'account' }], pauseBudgetMs: 1000, onOverrun: 'undo' }
  server.handle(runHandlers(control, { playbook, live: () => null }))
  return server
}

it.each([
  [
    'completed',
    [...begun, { type: 'step.done', id: 'account', evidence: 'it is there' } as const, ended('completed')],
    /completed[\s\S]*Nothing\. Keep the journal/,
  ],
  ['parked', [...begun, ended('stopped')], /parked: stopped where it stands[\s\S]*cutover resume run-1/],
  ['stranded', [...begun, ended('stranded')], /STRANDED: a person is needed[\s\S]*cutover undo run-1/],
  [
    'crashed',
    begun,
    /CRASHED: process \d+ is dead[\s\S]*account was begun and its outcome is not recorded[\s\S]*cutover resume run-1/,
  ],
] as const)('a run that is %s is told from its journal alone', async (condition, bodies, wanted) => {
  await write('run-1', bodies)
  expect(await status(undefined, { runs })).toBe(0)
  expect(printed).toMatch(wanted)
  printed = ''
  await status('run-1', { runs, json: true })
  expect(JSON.parse(printed)).toMatchObject({
    kind: 'cutover-status',
    version: 1,
    runId: 'run-1',
    condition,
    position: null,
  })
})

it('a run of another machine is not called crashed', async () => {
  await write('run-1', begun, 'ann@another-machine')
  await status(undefined, { runs })
  expect(printed).toMatch(/its process is on another machine \(ann@another-machine\)/)
})

it('a run that goes on is told from where it is, with the process that has it', async () => {
  await write('run-1', begun)
  const control = createFakeRunControl({ pending: 'park' })
  await using _server = await live('run-1', control)
  await status(undefined, { runs })
  expect(printed).toMatch(
    new RegExp(`running, process ${process.pid}[\\s\\S]*asked to stop after read-only-account`),
  )
  expect(printed).not.toMatch(/What is true now/)
})

it('a run that plans or asks is found although it has no journal yet', async () => {
  await mkdir(join(runs, 'run-1'))
  const control = createFakeRunControl()
  control.at = undefined
  await using _server = await live('run-1', control)
  await status(undefined, { runs })
  expect(printed).toMatch(/starting: process \d+ plans or asks, and has done nothing yet/)
})

it('status alone shows the newest run, and --all every one', async () => {
  await write('run-1', [...begun, ended('completed')])
  await write('run-2', begun)
  await mkdir(join(runs, 'run-3-that-never-began'))
  await status(undefined, { runs })
  expect(printed).toMatch(/CRASHED/)
  printed = ''
  await status(undefined, { runs, all: true })
  const rows = printed.trimEnd().split('\n')
  expect(rows).toHaveLength(3)
  expect(rows[0]).toMatch(/^run +condition/)
  expect(rows[1]).toMatch(/crashed/)
  expect(rows[2]).toMatch(/completed/)
})

it('wishes and notes are in the name of who typed the command', async () => {
  await write('run-1', begun)
  const control = createFakeRunControl()
  await using _server = await live('run-1', control)
  const by = callerName()
  await pause(undefined, { runs, reason: 'the lag' })
  await goOn('run-1', { runs })
  await stop(join(runs, 'run-1'), { runs })
  await stop(undefined, { runs, now: true })
  await note('the phone rang', undefined, { runs })
  expect(control.asked).toEqual([`hold ${by} the lag`, `go-on ${by}`, `park ${by}`, `undo ${by}`])
  expect(control.notes).toEqual([`${by}: the phone rang`])
  expect(printed).toMatch(/^run-1 It will hold after read-only-account\.\n/)
})

it.each([
  ['has ended', [...begun, ended('stopped')], 'usage', /has ended: parked/, /cutover resume run-1/],
  [
    'has crashed',
    begun,
    'system.unreachable',
    /nobody carries it out; process \d+ is dead/,
    /cutover undo run-1/,
  ],
] as const)(
  'a run that %s cannot be steered, and the error says what to type instead',
  async (_what, bodies, code, message, hint) => {
    await write('run-1', bodies)
    for (const command of [pause, goOn, stop]) {
      await expect(command(undefined, { runs })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as string,
        hint: expect.stringMatching(hint) as string,
      })
    }
  },
)

it('attach shows what was, what happens, and how it ends', async () => {
  const [first] = await write('run-1', begun)
  const control = createFakeRunControl()
  const server = await live('run-1', control)
  const attached = attach(undefined, { runs })
  await expect.poll(() => printed).toMatch(/prepare/)
  const clock = createFakeClock(new Date('2026-01-01T00:00:10.000Z'))
  await using journal = await openJournal({
    directory: join(runs, 'run-1'),
    actor: callerName(),
    clock,
    epoch: 1,
  })
  const done = await journal.append({ type: 'step.done', id: 'account', evidence: 'it is there' })
  server.tell({ type: 'journal', entry: done })
  if (first) server.tell({ type: 'journal', entry: first }) // what was shown already is not shown again
  await expect.poll(() => printed).toMatch(/✔ {2}1\/1 account +it is there/)
  await journal.append(ended('completed'))
  await server[Symbol.asyncDispose]()
  expect(await attached).toBe(0)
  expect(printed).toMatch(/! Completed in/)
  expect(printed.match(/prepare/g)).toHaveLength(1)
})

it('attach follows the process that takes a run up after its own died', async () => {
  const directory = join(runs, 'run-1')
  const clock = createFakeClock(new Date())
  await using journal = await openJournal({ directory, actor: callerName(), clock, epoch: 1 })
  for (const body of begun) await journal.append(body)
  const control = createFakeRunControl()
  const first = await live('run-1', control)
  const attached = attach(undefined, { runs })
  await expect.poll(() => printed).toMatch(/prepare/)
  await first[Symbol.asyncDispose]()
  const second = await live('run-1', control)
  second.tell({ type: 'journal', entry: await journal.append({ type: 'run.resumed' }) })
  await expect.poll(() => printed).toMatch(/Going on where the journal ends/)
  await journal.append(ended('completed'))
  await second[Symbol.asyncDispose]()
  expect(await attached).toBe(0)
  expect(printed.match(/prepare/g)).toHaveLength(1)
})

it('Ctrl-C leaves an attached run and asks nothing of it', async () => {
  await write('run-1', begun)
  const control = createFakeRunControl()
  await using _server = await live('run-1', control)
  const attached = attach(undefined, { runs })
  await expect.poll(() => printed).toMatch(/prepare/)
  process.emit('SIGINT', 'SIGINT')
  expect(await attached).toBe(0)
  expect(printed).toMatch(/The run goes on without you/)
  expect(control.asked).toEqual([])
})
