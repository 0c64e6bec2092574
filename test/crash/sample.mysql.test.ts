import { randomInt } from 'node:crypto'
import { crashMatrix } from './crash-matrix.ts'

crashMatrix({ engine: 'mysql', mode: 'restart', points: 10, seed: randomInt(1_000_000), timeoutMs: 600_000 })
