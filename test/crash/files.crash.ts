import { it } from 'vitest'
import { killWriters, raceProcesses } from '../unit/config-centers/file-writers.ts'

const longestMs = 1_800_000

it(
  'of four processes that change one document, none loses a change',
  () => raceProcesses(false, 4, 50),
  longestMs,
)

it('a writer of a folder is killed a hundred times', () => killWriters(false, 100, 60), longestMs)

it('a writer of a checkout is killed a hundred times', () => killWriters(true, 100, 400), longestMs)
