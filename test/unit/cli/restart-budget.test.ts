import { expect, test } from 'vitest'
import { RestartBudget } from '../../../src/cli/supervisor/restart-budget.ts'
import type { WorkerEnd } from '../../../src/cli/supervisor/start-worker.ts'

const run = {
  runId: 'r-1',
  directory: '/runs/r-1',
  onCrash: 'resume',
  pauseItems: [],
  takeUpArguments: { resume: [], undo: [] },
} as const
const died: WorkerEnd = { announced: undefined, how: 'SIGKILL', run }
const refused: WorkerEnd = { announced: 3, how: 'status 3', run: undefined }

test('a process that dies is started again three times, the first time at once', () => {
  const budget = new RestartBudget()
  const waits = [0, 1, 2, 3].map(() => {
    const next = budget.after(died, 0)
    budget.started(next)
    return next.waitMs
  })
  expect(waits).toEqual([0, 1000, 5000, undefined])
})

test('a start that was refused, by a server that is away or a lock not yet free, is tried again and not counted', () => {
  const budget = new RestartBudget()
  budget.started(budget.after(died, 0))
  for (const now of [0, 60_000, 119_000]) {
    const next = budget.after({ ...refused, announced: now === 0 ? 9 : 3 }, now)
    expect(next).toEqual({ restarts: 1, waitMs: 2000, again: true })
    budget.started(next)
  }
  expect(budget.restarts).toBe(1)
})

test('the patience with refused starts has an end, and begins anew after one that worked', () => {
  const budget = new RestartBudget()
  budget.after(refused, 0)
  const late = budget.after(refused, 120_000)
  expect(late).toEqual({ restarts: 0, waitMs: 0, again: false })
  budget.started(late)
  expect(budget.after(refused, 121_000).again).toBe(true)
})

test('a process that had begun and ended with a refusal is a death like any other', () => {
  expect(new RestartBudget().after({ ...refused, run }, 0).again).toBe(false)
})
