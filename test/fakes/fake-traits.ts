import type { StatementTraits, TransactionEffect } from '../../src/service/sql/statement-traits.ts'

const effects: readonly (readonly [RegExp, TransactionEffect])[] = [
  [/^start transaction read only/i, 'begin-read-only'],
  [/^(begin|start transaction)/i, 'begin'],
  [/^commit and chain/i, 'commit-chain'],
  [/^commit/i, 'commit'],
  [/^rollback(?! to)/i, 'rollback'],
  [/^set autocommit ?= ?1/i, 'autocommit-on'],
  [/^set autocommit ?= ?0/i, 'autocommit-off'],
  [/^(create|drop|alter|truncate)/i, 'implicit-commit'],
]

/** What the texts of the tests do; knows no others. */
export function describeTestText(sql: string): StatementTraits {
  const text = sql.trim()
  const several = /;\s*\S/.test(text)
  const transaction = several ? 'unclear' : (effects.find(([pattern]) => pattern.test(text))?.[1] ?? 'none')
  const isRead =
    /^(select|show|set|use|do sleep|start|begin|commit|rollback|savepoint)/i.test(text) &&
    !/for update/i.test(text)
  return {
    mayWrite: several || !isRead,
    transaction,
    leavesState: /^set(?! autocommit)/i.test(text) || /get_lock|into @|create temporary/i.test(text),
    several,
  }
}
