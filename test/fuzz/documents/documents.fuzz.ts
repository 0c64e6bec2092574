import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkDocument, type Checked } from './check-document.ts'
import { otherReader } from './other-readers.ts'
import { anyValue, randomDocument } from './random-document.ts'

const { FUZZ_MINUTES: minutes = '5', FUZZ_SEED: seed = '1' } = process.env
const eachMs = (Number(minutes) * 60_000) / 3
/** Edits between two questions to the other reader. */
const batch = 500

/** `FUZZ_MINUTES` (default 5) of edits, a third for each format, chosen by `FUZZ_SEED` (default 1). */
describe('any document, any value', () => {
  it.each(['yaml', 'properties', 'json'] as const)(
    '%s: that one value changes and nothing else',
    { timeout: eachMs * 4 + 300_000 },
    (format) => {
      const reader = otherReader(format)
      const until = performance.now() + eachMs
      let edits = 0
      let confirmed = 0
      for (let round = Number(seed); performance.now() < until; round += 1) {
        const done: Checked[] = []
        const property = fc.property(randomDocument(format), anyValue, fc.nat(), (text, value, pick) => {
          const editable = text.leaves.filter((leaf) => leaf.editable)
          const leaf = editable[pick % editable.length]
          if (leaf) done.push(checkDocument(format, text, leaf, value))
        })
        fc.assert(property, { numRuns: batch, seed: round })
        edits += done.length
        // To Java several documents are one.
        const asked = format === 'properties' ? done.filter(({ wanted }) => wanted.length === 1) : done
        if (typeof reader === 'string') continue
        const said = reader(asked.map(({ edited }) => edited))
        for (const [index, { edited, wanted }] of asked.entries()) {
          expect(said[index], JSON.stringify(edited)).toEqual(wanted)
        }
        confirmed += asked.length
      }
      const confirmation = typeof reader === 'string' ? reader : `${confirmed} confirmed by another reader`
      console.log(`${format}: ${edits} edits, ${confirmation}`)
      expect(edits).toBeGreaterThan(batch / 2)
    },
  )
})
