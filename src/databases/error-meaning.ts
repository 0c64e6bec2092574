import { bugs } from './error-meanings/bugs.ts'
import type { ErrorMeaning, Flavour } from './error-meanings/meaning-row.ts'
import { loginRefusals, refusals } from './error-meanings/rejections.ts'
import { shortages } from './error-meanings/shortages.ts'
import { openFates, rollbacks, statementRejections } from './error-meanings/transactions.ts'

export type { ErrorClass, ErrorMeaning, ErrorSource, Flavour } from './error-meanings/meaning-row.ts'

/**
 * What the error numbers of MySQL and MariaDB say about the statement that failed: one row per number and flavour.
 * Pure data, no driver is loaded. Key on the number, never on the driver's symbol: mysql2 names MariaDB's errors after
 * MySQL's table. A number that is not here has no meaning for a cutover: treat it as a bug.
 */
export const errorMeanings: readonly ErrorMeaning[] = Object.freeze([
  ...refusals,
  ...loginRefusals,
  ...rollbacks,
  ...statementRejections,
  ...openFates,
  ...shortages,
  ...bugs,
])

/** The servers on which tests provoke the rows that say so. */
export const testedServers: Readonly<Record<Flavour, string>> = {
  mysql: 'MySQL 9.7',
  mariadb: 'MariaDB 10.11',
}

const rowsByNumber = new Map<number, ErrorMeaning[]>()
for (const row of errorMeanings) rowsByNumber.set(row.errno, [...rowsOf(row.errno), row])

/**
 * The meaning of a number. Without a flavour only numbers that cannot mean anything else are answered: 4031 and 4151,
 * for example, are different errors on MySQL and MariaDB.
 */
export function meaningOf(errno: number, flavour?: Flavour): ErrorMeaning | undefined {
  return rowsOf(errno).find(
    (row) => row.flavour === 'both' || row.flavour === (flavour ?? onlyFlavourWith(errno)),
  )
}

/** Every row of a number, or of a symbol in any case; empty when there is none. */
export function meaningsNamed(name: string): readonly ErrorMeaning[] {
  if (/^\d+$/.test(name)) return rowsOf(Number(name))
  return errorMeanings.filter((row) => row.symbol.toLowerCase() === name.toLowerCase())
}

function rowsOf(errno: number): ErrorMeaning[] {
  return rowsByNumber.get(errno) ?? []
}

/** MySQL 9.7 gives no numbers from 1888 to 2999, MariaDB 10.11 none from 3061 to 3999 (their message files). */
function onlyFlavourWith(errno: number): Flavour | undefined {
  if (errno >= 3061 && errno <= 3999) return 'mysql'
  return errno >= 1888 && errno <= 2999 ? 'mariadb' : undefined
}
