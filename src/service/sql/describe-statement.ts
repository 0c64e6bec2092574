import { describeText } from './describe-text.ts'
import type { StatementTraits, TraitsOptions } from './statement-traits.ts'
import { TraitsCache } from './traits-cache.ts'

const plain = new TraitsCache((text) => describeText(text))
const byFunctions = new WeakMap<ReadonlySet<string>, TraitsCache>()
let lastFunctions: ReadonlySet<string> | undefined
let lastCache = plain

/**
 * What the text of a statement says about it: may it write, what does it do to the transaction, does it leave something
 * in the session, is it more than one. Never throws. What it does not know is a write, and where servers, their
 * versions or sql_modes read a text differently, the worst reading counts.
 *
 * It cannot see what is not in the text: stored functions (give `writeFunctions`), triggers, views over functions, raw
 * values put into placeholders later. It takes for granted that the driver sends UTF-8, which is its default: in older
 * character sets some letters arrive as quotes. Texts that differ only in values cost a reading each.
 *
 * @param options.writeFunctions the same set every time; what is added to it later counts for new texts only.
 */
export function describeStatement(sql: string, options?: TraitsOptions): StatementTraits {
  const functions = options?.writeFunctions
  if (functions === undefined) return plain.get(sql)
  return (functions === lastFunctions ? lastCache : cacheFor(functions)).get(sql)
}

function cacheFor(functions: ReadonlySet<string>): TraitsCache {
  let cache = byFunctions.get(functions)
  if (cache === undefined) {
    cache = new TraitsCache((text) => describeText(text, functions))
    byFunctions.set(functions, cache)
  }
  lastFunctions = functions
  lastCache = cache
  return cache
}
