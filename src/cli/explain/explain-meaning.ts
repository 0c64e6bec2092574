import type { ErrorClass, ErrorMeaning, ErrorSource } from '../../databases/error-meaning.ts'
import { testedServers } from '../../databases/error-meaning.ts'
import { conditionOf, situationsOf, upgradingWhen } from './situations.ts'

const classTexts: Readonly<Record<ErrorClass, string>> = {
  rejected: 'it did nothing, may be replayed',
  'rejected-and-rolled-back': 'the whole transaction did nothing, may be replayed',
  'statement-rejected': 'it did nothing, its transaction is still open: roll back, then that may be replayed',
  unknown: 'it may have taken effect or not, is never replayed',
  bug: 'a defect or a rule of the data, is never replayed',
  capacity: 'it did nothing for want of something, may be replayed later',
}

const flavourTexts = { both: 'MySQL and MariaDB', mysql: 'MySQL', mariadb: 'MariaDB' } as const

/** One row of the table for people, several lines. */
export function explainMeaning(meaning: ErrorMeaning): string {
  const situations = situationsOf(meaning).map(
    ({ name, verdict }) => [name, `${verdict.class}: ${classTexts[verdict.class]}`] as const,
  )
  const rows: readonly (readonly [string, string])[] = [
    ['on', flavourTexts[meaning.flavour]],
    ['when', meaning.when],
    ...conditions(meaning),
    ...situations,
    ['upgrading', upgradingWhen(meaning) ?? 'never'],
    ['source', sourceText(meaning.source)],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`)
  return `${meaning.errno} ${meaning.symbol} (SQLSTATE ${meaning.sqlState})\n${lines.join('')}`
}

function conditions(meaning: ErrorMeaning): readonly (readonly [string, string])[] {
  const condition = conditionOf(meaning)
  const otherwise = meaning.asStatement === 'unknown' ? 'its outcome is unknown' : 'it is a bug'
  return condition === undefined ? [] : [['only if', `${condition}; else ${otherwise}`]]
}

/** `provoked by a test on MySQL 9.7 and MariaDB 10.11`, and what else it rests on. */
export function sourceText({ provokedOn, basis }: ErrorSource): string {
  const servers = provokedOn.map((flavour) => testedServers[flavour]).join(' and ')
  const provoked = servers === '' ? 'not provoked' : `provoked by a test on ${servers}`
  return basis === '' ? provoked : `${provoked}. ${basis}`
}
