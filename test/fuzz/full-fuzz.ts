import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { lexerFuzz } from './lexer-fuzz.ts'

/** `FUZZ_MINUTES` (default 5) of statements chosen by `FUZZ_SEED` (default 1). */
export function fullFuzz(engine: ServerEngine): void {
  const { FUZZ_MINUTES: minutes = '5', FUZZ_SEED: seed = '1' } = process.env
  lexerFuzz({ engine, seed: Number(seed), durationMs: Number(minutes) * 60_000, atLeast: 1000 })
}
