import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { reverse } from '../../../src/cli/commands/reverse.ts'
import { lookAtRun } from '../../../src/cli/control/look-at-run.ts'
import { whatToDo } from '../../../src/cli/control/tell-run.ts'
import { resume } from '../../../src/cli/commands/take-up.ts'
import { keepReversed, readReversed } from '../../../src/cli/runs/reversed-run.ts'
import type { EntryBody } from '../../../src/core/journal-entry.ts'
import { createRedactor } from '../../../src/core/redact.ts'
import { systemClock } from '../../../src/core/system-clock.ts'
import { openJournal } from '../../../src/runner/open-journal.ts'

let runs: string
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'cutover-reverse-'))
})
afterEach(() => rm(runs, { recursive: true }))

const passed: readonly EntryBody[] = [
  { type: 'phase.started', phase: 'pause' },
  { type: 'step.intended', id: 'fence', uses: 'stop-writes', seen: { kind: 'account', accounts: [] } },
  { type: 'step.done', id: 'fence', evidence: 'up' },
  { type: 'no-return.passed', id: 'allow-writes' },
]
const completed: readonly EntryBody[] = [
  ...passed,
  { type: 'phase.started', phase: 'settle' },
  { type: 'run.ended', outcome: 'completed' },
]

interface Past {
  readonly reverses?: string
  readonly wayBack?: true
}

/** A run directory as an earlier run left it. */
async function past(runId: string, entries: readonly EntryBody[], more: Past = {}): Promise<void> {
  const directory = join(runs, runId)
  await mkdir(directory)
  const redactor = createRedactor()
  const actor = `ann@${hostname()}`
  await using journal = await openJournal({ directory, actor, clock: systemClock, epoch: 1, redactor })
  const digests = { playbookDigest: '', planDigest: '', kit: '0.0.0', format: 1 } as const
  const reverses = more.reverses === undefined ? {} : { reverses: more.reverses }
  await journal.append({ type: 'run.started', runId, playbook: 'there', ...digests, ...reverses })
  for (const entry of entries) await journal.append(entry)
  if (more.wayBack) await writeFile(join(directory, 'reverse.yaml'), 'name: [')
}

function refusal(deed: Promise<unknown>): Promise<{ code: string; message: string; hint?: string }> {
  return deed.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error as { code: string; message: string },
  )
}

describe('cutover reverse', () => {
  it('is refused before the point of no return, and names undo', async () => {
    await past('20261121-010000-there-aaaa', passed.slice(0, 3), { wayBack: true })
    expect(await refusal(reverse(undefined, { runs }))).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('has not passed its point of no return'),
      hint: 'cutover undo 20261121-010000-there-aaaa',
    })
  })

  it('is refused for a run that was walked back, of which nothing stands', async () => {
    const undone: EntryBody = { type: 'run.ended', outcome: 'undone' }
    await past('20261121-010000-there-aaaa', [undone], { wayBack: true })
    expect(await refusal(reverse(undefined, { runs }))).toMatchObject({
      hint: expect.stringContaining('Nothing of it stands'),
    })
  })

  it('is refused inside the pause, and names resume', async () => {
    await past('20261121-010000-there-aaaa', passed, { wayBack: true })
    expect(await refusal(reverse(undefined, { runs }))).toMatchObject({
      message: expect.stringContaining('its pause is not over'),
      hint: 'cutover resume 20261121-010000-there-aaaa',
    })
  })

  it('is refused for a run whose playbook names no way back', async () => {
    await past('20261121-010000-there-aaaa', completed)
    expect(await refusal(reverse(undefined, { runs }))).toMatchObject({
      message: expect.stringContaining('names no way back'),
    })
  })

  it('is refused while another way back of the same run is unfinished, and names it', async () => {
    await past('20261121-010000-there-aaaa', completed, { wayBack: true })
    await past('20261121-020000-back-bbbb', passed.slice(0, 3), { reverses: '20261121-010000-there-aaaa' })
    const refused = {
      code: 'usage',
      message: expect.stringContaining('is being moved back by run 20261121-020000-back-bbbb'),
      hint: 'cutover resume 20261121-020000-back-bbbb',
    }
    expect(await refusal(reverse('20261121-010000-there-aaaa', { runs }))).toMatchObject(refused)
    expect(await refusal(resume('20261121-010000-there-aaaa', { runs }))).toMatchObject(refused)
  })

  it('means the first run again after a way back that was walked back, and uses the playbook kept with it', async () => {
    await past('20261121-010000-there-aaaa', completed, { wayBack: true })
    const undone: EntryBody = { type: 'run.ended', outcome: 'undone' }
    await past('20261121-020000-back-bbbb', [undone], { reverses: '20261121-010000-there-aaaa' })
    // The kept playbook of this test is broken, which is told by its status.
    expect(await reverse(undefined, { runs })).toBe(2)
  })
})

describe('the status of a run with a way back', () => {
  const told = async (): Promise<string> =>
    whatToDo(await lookAtRun(join(runs, '20261121-010000-there-aaaa'))).join(' ')

  it('offers it once the pause is over, and not before', async () => {
    await past('20261121-010000-there-aaaa', completed, { wayBack: true })
    expect(await told()).toContain('cutover reverse 20261121-010000-there-aaaa')
    await rm(join(runs, '20261121-010000-there-aaaa'), { recursive: true })
    await past('20261121-010000-there-aaaa', passed, { wayBack: true })
    expect(await told()).toContain('cutover resume')
    expect(await told()).not.toContain('cutover reverse')
  })

  it('offers nothing but the other run when it was moved back', async () => {
    const settling = completed.slice(0, -1)
    await past('20261121-010000-there-aaaa', settling, { wayBack: true })
    await past('20261121-020000-back-bbbb', completed, { reverses: '20261121-010000-there-aaaa' })
    expect(await told()).toContain('run 20261121-020000-back-bbbb has moved the service back')
    expect(await told()).not.toContain('cutover resume')
  })
})

describe('the run that is moved back', () => {
  it('is read from the copy of its journal in the directory of the way back', async () => {
    await past('20261121-010000-there-aaaa', completed)
    const directory = join(runs, 'way-back')
    await mkdir(directory)
    expect(await readReversed(directory)).toBeUndefined()
    await keepReversed(directory, join(runs, '20261121-010000-there-aaaa'))
    await rm(join(runs, '20261121-010000-there-aaaa'), { recursive: true })
    const reversed = await readReversed(directory)
    expect(reversed?.runId).toBe('20261121-010000-there-aaaa')
    expect(reversed?.before('fence')).toEqual({ kind: 'account', accounts: [] })
    expect(reversed?.before('announce-done')).toBeUndefined()
  })
})
