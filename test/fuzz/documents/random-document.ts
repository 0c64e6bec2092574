import * as fc from 'fast-check'
import { jsonText } from './json-text.ts'
import { propertiesText } from './properties-text.ts'
import type { Dice, WrittenText } from './text-writer.ts'
import { yamlText } from './yaml-text.ts'

/** What a document says, before it is written in any format. */
export type Node = string | readonly Node[] | { readonly [key: string]: Node }

const key = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,5}$/)
  .filter((text) => !/^(y|n|yes|no|on|off|null|e\d+)$/.test(text))

/** Texts a document may hold plainly: no control characters, no broken Unicode, nothing that services take for more. */
export const anyValue: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
    {
      weight: 2,
      arbitrary: fc.string({
        unit: fc.constantFrom(...Array.from('\'":#{}[]\\,&*!|>%@`-?=~<. aA0é密🚀')),
        maxLength: 12,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'yes',
        'null',
        '~',
        '0123',
        '1e3',
        '12:30',
        '2026-11-21',
        '',
        '-',
        'on',
        '=',
      ),
    },
  )
  .filter(
    (text) =>
      !/[\p{Cc}\u2028\u2029\uFEFF\uFFFE\uFFFF\uD800-\uDFFF]|\$\{|^\s*(ENC\(|\{cipher\}|cipher[-(])/iu.test(
        text,
      ),
  )

const tree = fc.letrec<{ node: Node; map: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyValue,
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    tie('map'),
  ),
  map: fc.dictionary(key, tie('node'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
}))

const writers = { yaml: yamlText, properties: propertiesText, json: jsonText }

/** A text of the format with one to three documents (JSON: one), written in ways a person might choose. */
export function randomDocument(format: keyof typeof writers): fc.Arbitrary<WrittenText> {
  const documents = fc.array(tree.map, {
    minLength: 1,
    maxLength: format === 'json' ? 1 : 3,
  })
  const choices = fc.infiniteStream(fc.nat(1_000_000))
  return fc
    .tuple(documents, choices, fc.constantFrom('\n', '\r\n'), fc.boolean())
    .map(([nodes, stream, end, mark]) => {
      const dice: Dice = (sides) => Number(stream.next().value) % sides
      return writers[format](nodes, { dice, end, mark })
    })
}
