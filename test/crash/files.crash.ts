import { it } from 'vitest'
import { killWriters, raceProcesses } from '../unit/config-centers/file-writers.ts'

const longestMs = 1_800_000

it(
  'no process of eight that change one document loses a change',
  () => raceProcesses(false, 8, 100),
  longestMs,
)

it('a writer of a folder is killed a hundred times', () => killWriters(false, 100, 60), longestMs)

it('a writer of a checkout is killed a hundred times', () => killWriters(true, 100, 400), longestMs)
