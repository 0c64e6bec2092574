import { describe, expect, it } from 'vitest'
import { variablesOf } from '../../../src/playbook/fill-variables.ts'
import { changed, complaintsOf, loadGood, told, variables } from './sample.ts'

const purposeOf = (written: string, given: Record<string, string | undefined> = {}): string =>
  loadGood(changed('Move the tables of orders.', written), { ...variables, ...given }).purpose

describe('a variable', () => {
  it.each([
    ['${A}', { A: 'x' }, 'x'],
    ['from ${A} to ${B}', { A: 'x', B: 'y' }, 'from x to y'],
    ['${A:-d}', {}, 'd'],
    ['${A:-d}', { A: '' }, 'd'],
    ['${A:-d}', { A: 'x' }, 'x'],
    ['a${A:-}b', {}, 'ab'],
    ['${A:-http://h:1/p?a=b}', {}, 'http://h:1/p?a=b'],
    ['$${A}', { A: 'x' }, '${A}'],
    ['$A costs $5', { A: 'x' }, '$A costs $5'],
    ['"{{canary}}"', {}, '{{canary}}'],
    ['"${A}"', { A: 'x' }, 'x'],
    ["'${A}'", { A: 'x' }, 'x'],
    ['>-\n  two\n  ${A}', { A: 'lines' }, 'two lines'],
  ])('in %s', (written, given, expected) => {
    expect(purposeOf(written, given)).toBe(expected)
  })

  it.each(['a: b', 'x\nconfirm: y', '"', "'", '[', '# x', '&a', '*a', '- x', '${B}', '$&', '系统'])(
    'stays one text whatever is in it: %j',
    (value) => {
      expect(purposeOf('${A}', { A: value })).toBe(value)
    },
  )

  it('is taken as a number or true/false where one is wanted', () => {
    const text = changed(
      'password: env:ORDERS_PASSWORD',
      'password: env:ORDERS_PASSWORD\n      limit: ${LIMIT}',
    )
      .replace('goodReadings: 2', 'goodReadings: ${READINGS}')
      .replace('pointOfNoReturn: true', 'pointOfNoReturn: ${FINAL}')
    const given = { ...variables, LIMIT: '7', READINGS: '4', FINAL: 'true' }
    const playbook = loadGood(text, given)
    expect(playbook.phases.prepare[1]?.with).toMatchObject({ limit: 7 })
    expect(playbook.phases.prepare[0]).toMatchObject({ timing: { goodReadings: 4 } })
    expect(told(text, { ...given, LIMIT: 'many' })).toEqual(['46:14 `limit` must be a number, not text.'])
  })

  it('stays text where text is wanted, even when it looks like a number', () => {
    expect(purposeOf('${A}', { A: '0123' })).toBe('0123')
  })
})

describe('a variable that has no value', () => {
  it('is told once, where it is written, with what to do', () => {
    const complaints = complaintsOf(changed('http://10.0.0.4', 'http://${LB_HOST}:80'))
    expect(complaints.map(({ place, message, hint }) => [place.line, place.column, message, hint])).toEqual([
      [
        26,
        17,
        'The variable LB_HOST is not set.',
        'Set LB_HOST in the environment, or write ${LB_HOST:-default} when it may be left out.',
      ],
    ])
  })

  it.each([
    ['an empty one', { ...variables, SOURCE_HOST: '' }, 'The variable SOURCE_HOST is empty.'],
    [
      'one that is inherited from no environment',
      { ...variables, SOURCE_HOST: undefined },
      'The variable SOURCE_HOST is not set.',
    ],
  ])('is a complaint: %s', (_name, given, message) => {
    expect(told(changed('Move', 'Move'.toUpperCase()), given)).toEqual([`8:11 ${message}`])
  })

  it('is not found among the properties every object has', () => {
    expect(told(changed('Move the tables of orders.', '${constructor}'))).toEqual([
      '2:10 The variable constructor is not set.',
    ])
  })
})

it.each(['${}', '${1A}', '${A', '${A:?}', '${a-b}'])(
  'a variable that is written wrongly is a complaint: %s',
  (written) => {
    expect(told(changed('Move the tables of orders.', written))).toEqual([
      '2:10 This is not how a variable is written.',
    ])
  },
)

it('a variable in a key is a complaint', () => {
  expect(told(changed('confirm:', '${A}: x\nconfirm:'))).toContain('3:1 A variable cannot stand in a key.')
})

it('the variables of a text are listed with whether they can be left out', () => {
  const names = variablesOf('${A} ${B:-x} $${C} ${D:-} ${D}')
  expect([...names].map(([name, { optional }]) => [name, optional])).toEqual([
    ['A', false],
    ['B', true],
    ['D', false],
  ])
})
