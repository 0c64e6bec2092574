import { randomInt } from 'node:crypto'
import { faultMatrix } from './fault-matrix.ts'

faultMatrix({
  engine: 'mysql',
  points: 'the other half of the kinds',
  seed: randomInt(1_000_000),
  longestMs: 1000,
  timeoutMs: 600_000,
})
