import { randomInt } from 'node:crypto'
import { lexerFuzz } from './lexer-fuzz.ts'

lexerFuzz({ engine: 'mariadb', seed: randomInt(1_000_000), durationMs: 5000, atLeast: 20 })
