import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Complaint } from '../../../src/playbook/complaint.ts'
import { formatComplaints } from '../../../src/playbook/format-complaints.ts'
import { goodText, load, variables } from './sample.ts'

/** Shrinking goes on for long on texts of this size; the failing text is printed either way. */
const options = { numRuns: 150, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false }

function expectUsable(text: string): void {
  const result = load(text)
  if (result.ok) return
  expect(result.complaints.length).toBeGreaterThan(0)
  const lines = text.split('\n')
  for (const complaint of result.complaints) expectInside(complaint, lines)
  expect(formatComplaints(result.complaints, { colour: true })).toContain('move.yaml')
}

function expectInside({ place, message, frame }: Complaint, lines: readonly string[]): void {
  expect(place.line).toBeGreaterThanOrEqual(1)
  expect(place.line).toBeLessThanOrEqual(lines.length)
  expect(place.column).toBeGreaterThanOrEqual(1)
  expect(place.column).toBeLessThanOrEqual((lines[place.line - 1] ?? '').length + 1)
  expect(message).not.toBe('')
  expect(message).not.toMatch(/undefined|\[object|NaN/)
  const marked = frame.lines[frame.mark.line]
  expect(marked).toBeDefined()
  expect(frame.firstLine + frame.mark.line).toBe(place.line)
  expect(frame.mark.start).toBeLessThanOrEqual(marked?.length ?? 0)
}

const goodLines = goodText.split('\n')
const lineNumber = fc.nat({ max: goodLines.length - 1 })
const yamlPiece = fc.constantFrom(
  'null',
  '~',
  '{}',
  '[]',
  '[[]]',
  '- x',
  '"',
  "'",
  '&a',
  '*a',
  '!!binary x',
  '!t',
  '|',
  '>',
  '? a',
  ': b',
  '---',
  '${X}',
  '${',
  '$${',
  '${X:-}',
  '${SOURCE_HOST}',
  '1',
  '-1',
  '.inf',
  '.nan',
  '1e400',
  'true',
  '__proto__: 1',
  'constructor: {}',
  'toString',
  '#',
  '\t',
  '\r\n',
  '\uFEFF',
  '%YAML 1.1',
  '<<: *a',
  '{a: 1, a: 2}',
  '系统升级中',
)

const textLikeYaml = fc
  .array(fc.oneof(yamlPiece, fc.constantFrom(...goodLines), fc.string({ maxLength: 12 })), { maxLength: 40 })
  .chain((pieces) => fc.constantFrom('\n', ' ', '', '\n  ').map((glue) => pieces.join(glue)))

const mutations: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'a line deleted': lineNumber.map((index) => goodLines.toSpliced(index, 1).join('\n')),
  'a line written twice': lineNumber.map((index) =>
    goodLines.toSpliced(index, 0, goodLines[index] ?? '').join('\n'),
  ),
  'two lines swapped': fc.tuple(lineNumber, lineNumber).map(([a, b]) => {
    return goodLines
      .with(a, goodLines[b] ?? '')
      .with(b, goodLines[a] ?? '')
      .join('\n')
  }),
  'a line indented otherwise': fc.tuple(lineNumber, fc.nat({ max: 9 })).map(([index, blanks]) => {
    return goodLines.with(index, ' '.repeat(blanks) + (goodLines[index] ?? '').trimStart()).join('\n')
  }),
  'a key renamed': fc.tuple(lineNumber, fc.string({ minLength: 1, maxLength: 8 })).map(([index, name]) => {
    return goodLines
      .with(
        index,
        (goodLines[index] ?? '').replace(/[A-Za-z]+:/, () => `${name}:`),
      )
      .join('\n')
  }),
  'a value of another type': fc.tuple(lineNumber, yamlPiece).map(([index, piece]) => {
    return goodLines
      .with(
        index,
        (goodLines[index] ?? '').replace(/: .*/, () => `: ${piece}`),
      )
      .join('\n')
  }),
  'a character put in': fc
    .tuple(fc.nat({ max: goodText.length }), fc.string({ unit: 'binary', maxLength: 3 }))
    .map(([at, piece]) => {
      return goodText.slice(0, at) + piece + goodText.slice(at)
    }),
  'the end cut off': fc.nat({ max: goodText.length }).map((at) => goodText.slice(0, at)),
  'line ends of another system': fc.constant(goodText.replaceAll('\n', '\r\n')),
}

describe('any text', () => {
  it('is a playbook or has complaints with a place', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), textLikeYaml), expectUsable),
      options,
    )
  })

  it.each([
    ['nothing', ''],
    ['a byte order mark', '\uFEFF'],
    ['brackets nested by the thousand', '['.repeat(20_000)],
    ['maps nested by the thousand', '{a: '.repeat(20_000)],
    ['lists nested by the thousand', '- '.repeat(5000)],
    ['aliases that would grow without end', aliasBomb()],
    ['an alias inside its own anchor', 'a: &a [*a]'],
    ['a very long line', `name: ${'x'.repeat(1_000_000)}`],
  ])('such as %s', (_name, text) => {
    expect(load(text).ok).toBe(false)
    expectUsable(text)
  })

  it('has complaints even when every variable is missing', () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(variables)), (names) => {
        const given = Object.fromEntries(names.map((name) => [name, 'x']))
        const result = load(goodText, given)
        expect(result.ok).toBe(names.length === Object.keys(variables).length)
      }),
      { numRuns: 20 },
    )
  })
})

describe('a good playbook with', () => {
  it.each(Object.entries(mutations))('%s never throws', (_name, texts) => {
    fc.assert(fc.property(texts, expectUsable), options)
  })
})

function aliasBomb(): string {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(', ')}]`,
  )
  return ['l0: &l0 [x]', ...levels].join('\n')
}
