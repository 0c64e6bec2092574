import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readPlanFile } from '../../src/cli/runs/plan-file.ts'
import { nameOf, type Moment } from '../crash/journal-gate.ts'
import { deedsIn, journalOf, killAt, startSupervised, writeSmallPlaybook } from './supervised.ts'

let directory: string
let playbook: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supervisor-'))
  await mkdir(join(directory, 'world'))
  playbook = join(directory, 'playbook.yaml')
  await writeSmallPlaybook(playbook)
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const run = (): readonly string[] => ['run', playbook, '--confirm', 'world']
const once = (name: string): ((moment: Moment) => boolean) => {
  let seen = false
  return (moment) => {
    if (seen || nameOf(moment) !== name) return false
    seen = true
    return true
  }
}

it('a worker that is killed in the pause is restarted, and the run ends as if nothing had been', async () => {
  const night = await startSupervised(directory, run(), killAt(once('after step.done fence')))
  expect({ status: await night.ended, said: night.said() }).toEqual({
    status: 0,
    said: expect.stringMatching(
      /has died \(SIGKILL\); it was in the pause\. Restarting it: resume \(1 of 3\)[^]*restarted once/,
    ) as string,
  })
  expect(await deedsIn(directory)).toEqual(['one', 'fence', 'release', 'config', 'after'])
  const entries = await journalOf(directory)
  expect(entries.filter(({ type }) => type === 'run.resumed')).toMatchObject([{ by: 'supervisor' }])
  expect(new Set(entries.map(({ pid }) => pid)).size).toBe(2)
})

it('it walks back instead when the playbook says so', async () => {
  await writeSmallPlaybook(playbook, 'undo')
  const night = await startSupervised(directory, run(), killAt(once('after step.intended release')))
  expect(await night.ended).toBe(7)
  expect(await readdir(join(directory, 'world'))).toEqual(['log'])
  expect(await journalOf(directory)).toContainEqual(
    expect.objectContaining({
      type: 'undo.started',
      reason: { code: 'interrupted', message: expect.stringContaining('died in the pause') as string },
    }),
  )
})

it('past the point of no return it goes forward, whatever the playbook says', async () => {
  await writeSmallPlaybook(playbook, 'undo')
  const night = await startSupervised(directory, run(), killAt(once('after no-return.passed release')))
  expect(await night.ended).toBe(0)
  expect(await deedsIn(directory)).toEqual(['one', 'fence', 'release', 'config', 'after'])
})

it('a worker that is killed while it walks back is restarted to go on with that', async () => {
  await writeSmallPlaybook(playbook, 'undo')
  const inPause = once('after step.done fence')
  const inUndo = once('before undo.done fence')
  const night = await startSupervised(
    directory,
    run(),
    killAt((moment) => inPause(moment) || inUndo(moment)),
  )
  expect({ status: await night.ended, said: night.said() }).toEqual({
    status: 7,
    said: expect.stringContaining('it was walking back. Restarting it: undo (2 of 3)') as string,
  })
  expect(await readdir(join(directory, 'world'))).toEqual(['log'])
})

it.each([
  ['before the pause', 'after step.done one', 8],
  ['after the pause', 'after step.intended after', 6],
])('a worker that is killed %s is not restarted, and a person is told how to go on', async (_, at, code) => {
  const night = await startSupervised(directory, run(), killAt(once(at)))
  expect(await night.ended).toBe(code)
  expect(night.said()).toMatch(/has died \(SIGKILL\); it was not in the pause\.[^]*cutover resume/)
  expect(night.said()).not.toContain('Restarting')
  const again = await startSupervised(directory, ['resume', '--confirm', 'world'])
  expect(await again.ended).toBe(0)
})

it('gives up after three restarts, says so, and leaves a run that can be resumed', async () => {
  const night = await startSupervised(
    directory,
    run(),
    killAt((moment) => /^after (step.done fence|run.resumed)/.test(nameOf(moment))),
  )
  expect({ status: await night.ended, said: night.said() }).toEqual({
    status: 8,
    said: expect.stringMatching(
      /\(3 of 3\)[^]*restarted 3 times; giving up: cutover resume \S+small/,
    ) as string,
  })
  const again = await startSupervised(directory, ['resume', '--confirm', 'world'])
  expect(await again.ended).toBe(0)
  expect(await deedsIn(directory)).toEqual(['one', 'fence', 'release', 'config', 'after'])
})

it('a worker that is killed before its first entry has done nothing, and that is said', async () => {
  const night = await startSupervised(directory, run(), killAt(once('before run.started')))
  expect({ status: await night.ended, said: night.said() }).toEqual({
    status: 1,
    said: expect.stringMatching(/Nothing was changed[^]*cutover resume \S+ frees them/) as string,
  })
})

it('the worker finishes the run when the process that watches over it is killed', async () => {
  const night = await startSupervised(directory, run(), (moment) => {
    if (nameOf(moment) === 'after step.done fence') night.parent.kill('SIGKILL')
    return true
  })
  expect(await night.ended).toBeNull()
  await expect
    .poll(async () => (await journalOf(directory)).at(-1), { timeout: 20_000 })
    .toMatchObject({ type: 'run.ended', outcome: 'completed' })
})

it('after both are killed the run waits for a person, and can be resumed', async () => {
  const night = await startSupervised(
    directory,
    run(),
    killAt((moment) => {
      if (nameOf(moment) !== 'after step.done fence') return false
      night.parent.kill('SIGKILL')
      return true
    }),
  )
  expect(await night.ended).toBeNull()
  const again = await startSupervised(directory, ['resume', '--confirm', 'world'])
  expect(await again.ended).toBe(0)
})

it('a Ctrl-C that reaches both processes is one, and one that reaches only the first is passed on', async () => {
  for (const send of [
    (pid: number) => process.kill(-pid, 'SIGINT'),
    (pid: number) => process.kill(pid, 'SIGINT'),
  ]) {
    const wait = join(directory, 'world', 'wait-one')
    await writeFile(wait, '')
    const isOne = once('after step.intended one')
    const night = await startSupervised(directory, run(), (moment) => {
      if (isOne(moment)) send(night.parent.pid ?? 0)
      return true
    })
    const asked = async () =>
      (await journalOf(directory).catch(() => [])).filter(({ type }) => type === 'operator.asked')
    await expect.poll(asked, { timeout: 20_000 }).toHaveLength(1)
    await rm(wait)
    expect(await night.ended).toBe(5)
    expect(await asked()).toMatchObject([{ wish: 'park', by: 'SIGINT' }])
    await rm(join(directory, 'runs'), { recursive: true, force: true })
  }
})

it('a run that is refused leaves nothing behind', async () => {
  const no = await startSupervised(directory, ['run', playbook])
  expect(await no.ended).toBe(10)
  expect(await readdir(directory)).not.toContain('runs')
})

it('a run is resumed from a shell that lacks its variables, and another value there changes nothing', async () => {
  const night = await startSupervised(directory, run(), killAt(once('after step.done one')))
  expect(await night.ended).toBe(8)
  const elsewhere = { WORLD: join(directory, 'elsewhere') }
  const again = await startSupervised(directory, ['resume', '--confirm', 'world'], undefined, elsewhere)
  expect({ status: await again.ended, said: again.said() }).toEqual({
    status: 0,
    said: expect.stringContaining('WORLD: set to something else here') as string,
  })
  const undone = await startSupervised(directory, ['undo', '--confirm', 'world'], undefined, {})
  expect(await undone.ended).toBe(2) // past the point of no return: it was read, and refused for that reason alone
  expect(undone.said()).toContain('point of no return')
})

it('the directory of a run holds all it needs, for its owner only', async () => {
  const night = await startSupervised(directory, run())
  expect(await night.ended).toBe(0)
  const [name = ''] = await readdir(join(directory, 'runs'))
  const at = join(directory, 'runs', name)
  const files = ['journal.jsonl', 'plan.json', 'playbook.yaml', 'variables.json']
  expect((await readdir(at)).filter((file) => !file.endsWith('.sock'))).toEqual(files)
  for (const file of files) expect((await stat(join(at, file))).mode & 0o777, file).toBe(0o600)
  expect((await readPlanFile(join(at, 'plan.json'))).digest).toBe(
    (await journalOf(directory)).find((entry) => entry.type === 'run.started')?.planDigest,
  )
  expect(await readFile(join(at, 'playbook.yaml'), 'utf8')).toBe(await readFile(playbook, 'utf8'))
})

it('--unsupervised acts in one process, which dies alone', async () => {
  const night = await startSupervised(
    directory,
    [...run(), '--unsupervised'],
    killAt(once('after step.done fence')),
  )
  expect(await night.ended).toBeNull()
  expect(night.moments[0]?.pid).toBe(night.parent.pid)
})
