import { randomInt } from 'node:crypto'
import { blindLexerFuzz, lexerFuzz } from './lexer-fuzz.ts'

lexerFuzz('mysql', randomInt(1_000_000), 8000, 100)
blindLexerFuzz('mysql', 1)
