import type { Dice } from './dice.ts'

const blanks = [
  ' ',
  '  ',
  '\n',
  '\t',
  '\v',
  '\f',
  '\r',
  '/**/',
  '/* c */',
  '-- c\n',
  '#c\n',
  '--\n',
  '/* /* */',
  " -- ' \n",
  '/*+ c */',
  '',
]
const strangers = [
  "'",
  '"',
  '`',
  '\\',
  ';',
  '#',
  '-',
  '--',
  '-- ',
  '/*',
  '*/',
  '/*!',
  '/*!50000 ',
  '/*M!',
  '(',
  ')',
  '@',
  '@@',
  ':',
  ':=',
  '.',
  ',',
  '\0',
  '\u0001',
  '\u007f',
  '\u00a0',
  '\u3000',
  '\ufeff',
  'ı',
  'N',
  'e',
  '1',
  '1.',
  '$',
  "\\'",
  '\\N',
  "'\\'",
  '"\\"',
  "''",
]
const wrappers: readonly (readonly [string, string])[] = [
  ['/*!', '*/'],
  ['/*! ', ' */'],
  ['/*!50000 ', '*/'],
  ['/*!99999 ', '*/'],
  ['/*M! ', '*/'],
  ['/*M!100100 ', '*/'],
  ['/*', '*/'],
  ['(', ')'],
  ["'", "'"],
  ['"', '"'],
  ['`', '`'],
  ["'\\'", ''],
  ['"\\"', ''],
]
const prefixes = [
  'EXPLAIN ',
  'ANALYZE ',
  'DESC ',
  '(',
  'SELECT 1;',
  "SELECT '\\'; ",
  'SELECT "\\"; ',
  'SET STATEMENT max_statement_time=1 FOR ',
  'BEGIN; ',
  '/*!99999 x*/',
  'WITH c AS (SELECT 1) ',
  'SELECT ',
  'SHOW ',
  'HELP ',
  'DO ',
  'help: ',
  '\u00a0',
  '\0',
  ';',
  '--',
  '--\n',
  '#',
]

type Mutation = (text: string, dice: Dice, other: () => string) => string

const mutations: readonly Mutation[] = [
  (text, dice) =>
    text.replace(/[A-Za-z]/g, (letter) => (dice.chance(0.5) ? letter.toLowerCase() : letter.toUpperCase())),
  (text, dice) => text.replace(/ /g, (blank) => (dice.chance(0.4) ? dice.pick(blanks) : blank)),
  (text, dice) => replaceOne(text, dice, ' ', ''),
  (text, dice) => replaceOne(text, dice, ' ', dice.pick(blanks)),
  (text, dice) => insert(text, dice.below(text.length + 1), dice.pick(strangers)),
  (text, dice) => insert(text, dice.below(text.length + 1), dice.pick(strangers)),
  (text, dice) => cut(text, dice.below(text.length), 1),
  (text, dice) => cut(text, dice.below(text.length), dice.below(8)),
  (text, dice) => wrap(text, dice),
  (text, dice) => dice.pick(prefixes) + text,
  (text, dice) => text + dice.pick(strangers),
  (text, dice, other) => insert(text, dice.below(text.length + 1), ` ${other()} `),
  (text, dice, other) => text.slice(0, dice.below(text.length + 1)) + other().slice(dice.below(10)),
  (text, dice) => swapWords(text, dice),
  (text, dice) => repeatPart(text, dice),
]

/** Changes a statement a little, as no grammar would: mostly what comes out is an error, and sometimes it is not. */
export function mutateStatement(text: string, dice: Dice, other: () => string): string {
  let mutated = text
  for (let times = dice.pick([0, 1, 1, 1, 2, 3, 5]); times > 0; times -= 1)
    mutated = dice.pick(mutations)(mutated, dice, other)
  return mutated
}

function insert(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at)
}

function cut(text: string, at: number, length: number): string {
  return text.slice(0, at) + text.slice(at + length)
}

function replaceOne(text: string, dice: Dice, what: string, by: string): string {
  const places = [...text.matchAll(new RegExp(what, 'g'))].map((match) => match.index)
  if (places.length === 0) return text
  const at = dice.pick(places)
  return text.slice(0, at) + by + text.slice(at + what.length)
}

function wrap(text: string, dice: Dice): string {
  const [open, close] = dice.pick(wrappers)
  const from = dice.below(text.length + 1)
  const to = dice.chance(0.3) ? text.length : from + dice.below(text.length - from + 1)
  return text.slice(0, from) + open + text.slice(from, to) + close + text.slice(to)
}

function swapWords(text: string, dice: Dice): string {
  const words = text.split(' ')
  const one = dice.below(words.length)
  const other = dice.below(words.length)
  const kept = words[one] ?? ''
  words[one] = words[other] ?? ''
  words[other] = kept
  return words.join(' ')
}

function repeatPart(text: string, dice: Dice): string {
  const from = dice.below(text.length)
  const part = text.slice(from, from + dice.below(12))
  return insert(text, dice.below(text.length + 1), part)
}
