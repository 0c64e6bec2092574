import { randomInt } from 'node:crypto'
import { blindLexerFuzz, lexerFuzz } from './lexer-fuzz.ts'

lexerFuzz('mariadb', randomInt(1_000_000), 8000, 100)
blindLexerFuzz('mariadb', 1)
