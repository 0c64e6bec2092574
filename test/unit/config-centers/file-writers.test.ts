import { it } from 'vitest'
import { killWriters, raceProcesses } from './file-writers.ts'

it('of several processes that change one document of a folder, none loses a change', () =>
  raceProcesses(false, 3, 6))

it('of several processes that change one document of a checkout, none loses a change', () =>
  raceProcesses(true, 2, 2))

it('a killed writer leaves a whole document in a folder, and keeps nobody out', () =>
  killWriters(false, 3, 40))

it('a killed writer leaves a whole document in a checkout, and keeps nobody out', () =>
  killWriters(true, 2, 150))
