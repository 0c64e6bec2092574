import { findings } from './findings.ts'

/** Reserved words that begin a change. INSERT and REPLACE, which are functions as well, are not among them. */
const changing = 'ALTER CALL CREATE DELETE DROP GRANT KILL LOAD RENAME REVOKE'.split(' ')

/** What each of these words is a finding of, wherever it stands as a keyword. */
const meanings: ReadonlyMap<string, number> = new Map([
  ...changing.map((word) => [word, findings.changes] as const),
  ['UPDATE', findings.locks],
  ['LOCK', findings.locks],
  ['SQL_CALC_FOUND_ROWS', findings.sessionState],
  ['FROM', findings.from],
  ['TABLE', findings.from],
])

/** Words that mean something only beside others. */
const further = ['INSERT', 'REPLACE', 'INTO', 'SHARE', 'VALUE', 'NEXTVAL', 'SELECT', 'VALUES', 'WITH']

const queries: ReadonlySet<string> = new Set(['SELECT', 'TABLE', 'VALUES', 'WITH'])

/** First words of statements that are not reserved, so that a loop may have them for a label. */
const labels: ReadonlySet<string> = new Set(
  'BEGIN CHECKSUM COMMIT DEALLOCATE DO HANDLER HELP ROLLBACK SAVEPOINT START'.split(' '),
)

const longest = 20
// Letters differ in their last five bits, capitals or not.
const letterBits = 31
const worthALook: readonly boolean[] = Array.from({ length: longest * (letterBits + 1) }, (_, index) =>
  [...meanings.keys(), ...further].some((word) => slot(word.length, word.charCodeAt(0)) === index),
)

/** By length and first letter: may a word be one of those that mean anything? Most need not be cut out of the text. */
export function mayMatter(length: number, firstLetter: number): boolean {
  return worthALook[slot(length, firstLetter)] === true
}

/** Bits of `findings` for a word in capitals; 0 when it is nothing by itself. */
export function meaningOf(word: string): number {
  return meanings.get(word) ?? 0
}

/** True for the words that begin a query. */
export function beginsQuery(word: string): boolean {
  return queries.has(word)
}

/** True for first words of statements that may be labels instead. */
export function mayBeLabel(word: string): boolean {
  return labels.has(word)
}

function slot(length: number, firstLetter: number): number {
  return length * (letterBits + 1) + (firstLetter & letterBits)
}
