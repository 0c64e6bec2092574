import { randomInt } from 'node:crypto'
import { faultMatrix } from './fault-matrix.ts'

faultMatrix({
  engine: 'mysql',
  points: 'one of each kind',
  seed: randomInt(1_000_000),
  longestMs: 1000,
  timeoutMs: 600_000,
})
