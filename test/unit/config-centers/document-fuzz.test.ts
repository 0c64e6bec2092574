import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkDocument } from '../../fuzz/documents/check-document.ts'
import { anyValue, randomDocument } from '../../fuzz/documents/random-document.ts'

/** A sample; `npm run fuzz:documents` does this for minutes, with other readers beside it. */
describe('any document, any value', () => {
  it.each(['yaml', 'properties', 'json'] as const)(
    '%s: that one value changes and nothing else',
    (format) => {
      let checked = 0
      fc.assert(
        fc.property(randomDocument(format), anyValue, fc.nat(), (text, value, pick) => {
          const editable = text.leaves.filter((leaf) => leaf.editable)
          const leaf = editable[pick % editable.length]
          if (!leaf) return
          checkDocument(format, text, leaf, value)
          checkDocument(format, text, leaf, leaf.value)
          checked += 1
        }),
        { numRuns: 80 },
      )
      expect(checked).toBeGreaterThan(50)
    },
  )
})
