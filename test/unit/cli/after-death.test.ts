import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { afterDeath } from '../../../src/cli/supervisor/after-death.ts'
import type { WorkerEnd } from '../../../src/cli/supervisor/start-worker.ts'
import type { ToldRun } from '../../../src/cli/worker-channel.ts'
import { openJournal } from '../../../src/runner/open-journal.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'

let directory: string
let run: ToldRun

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'after-death-'))
  const takeUpArguments = { resume: [], undo: [] }
  run = { runId: 'r-1', directory, onCrash: 'resume', pauseItems: ['fence'], takeUpArguments }
})
afterEach(() => rm(directory, { recursive: true }))

/** The journal of a run that is in its pause. */
async function inPause(): Promise<void> {
  await using journal = await openJournal({ directory, actor: 'a@b', clock: createFakeClock(), epoch: 1 })
  await journal.append({
    type: 'run.started',
    format: 1,
    runId: 'r-1',
    playbook: 'p',
    playbookDigest: 'd',
    planDigest: 'd',
    kit: '0',
  })
  await journal.append({ type: 'phase.started', phase: 'pause' })
}

function after(end: Partial<WorkerEnd>, restarts = 0, again = false): ReturnType<typeof afterDeath> {
  const whole: WorkerEnd = { announced: undefined, how: 'SIGKILL', run, ...end }
  const next = { restarts, waitMs: restarts < 3 ? 0 : undefined, again }
  return afterDeath({ end: whole, run, command: 'run', next })
}

it('says how the process died, why it is restarted, and how often that has been', async () => {
  await inPause()
  expect(await after({}, 1)).toEqual({
    move: { do: 'take-up', command: 'resume', why: 'it was in the pause' },
    tell: '\nThe process of run r-1 has died (SIGKILL); it was in the pause. Restarting it: resume (2 of 3).\n',
  })
})

it('gives up after the last restart, with what is true and what to type', async () => {
  await inPause()
  const { move, tell } = await after({}, 3)
  expect(move).toMatchObject({ do: 'end', exitCode: 8 })
  expect(tell).toMatch(
    /restarted 3 times; giving up: cutover resume r-1[^]*Nothing was changed[^]*cutover undo r-1/,
  )
})

it('restarts a worker again that could not take the run up, but not against the word of a person', async () => {
  await inPause()
  const refused = { run: undefined, how: 'status 9' }
  expect((await after({ ...refused, announced: 9 }, 1)).move).toMatchObject({ do: 'take-up' })
  for (const announced of [5, 10, 130])
    expect((await after({ ...refused, announced }, 1)).move, String(announced)).toMatchObject({
      do: 'end',
      exitCode: 8,
    })
})

it('says that a refused start is tried again, and when', async () => {
  await inPause()
  const end = { run: undefined, how: 'status 3', announced: 3 }
  expect((await after(end, 1, true)).tell).toBe(
    '\nThe process of run r-1 ended with status 3 and left it as it was. Trying again in 0 ms.\n',
  )
})

it('takes a defect of the kit for a death: the run stands as after a crash', async () => {
  await inPause()
  const { move, tell } = await after({ announced: 1, how: 'status 1' })
  expect(move).toMatchObject({ do: 'take-up' })
  expect(tell).toContain('ended with status 1 and left it as it was')
})

it('does not restart on a journal that cannot be believed', async () => {
  await writeFile(join(directory, 'journal.jsonl'), 'not an entry\n')
  const { move, tell } = await after({})
  expect(move).toMatchObject({ do: 'end', exitCode: 8 })
  expect(tell).toMatch(/damaged[^]*next: /)
})
