import type { ErrorMeaning } from '../../databases/error-meaning.ts'
import { testedServers } from '../../databases/error-meaning.ts'
import { conditionOf, situationsOf, upgradingWhen } from './situations.ts'

/** One row of the table as `--json` prints it. Fields are only ever added. */
export function meaningJson(meaning: ErrorMeaning): object {
  const { errno, symbol, flavour, sqlState, when, source } = meaning
  return {
    errno,
    symbol,
    flavour,
    sqlState,
    class: meaning.class,
    when,
    onlyIf: conditionOf(meaning) ?? null,
    situations: situationsOf(meaning).map(({ name, verdict, mayReplay }) => ({
      situation: name,
      class: verdict.class,
      mayReplay,
      mayShowUpgrading: verdict.mayShowUpgrading,
    })),
    upgradingWhen: upgradingWhen(meaning) ?? null,
    source: { provokedOn: source.provokedOn.map((engine) => testedServers[engine]), basis: source.basis },
  }
}
