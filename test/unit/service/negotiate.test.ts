import express from 'express'
import { assert, constantFrom, property, tuple, uniqueArray } from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { it } from 'vitest'
import { preferredLanguage, preferredType } from '../../../src/service/http/negotiate.ts'

const types = ['application/json', 'application/problem+json', 'text/html', 'text/plain'] as const
const languages = ['zh-CN', 'zh', 'en', 'ja'] as const

/** What Express would have chosen; its own code looks only at the headers. */
function byExpress(headers: Readonly<Record<string, string>>): express.Request {
  return Object.assign(Object.create(express.request) as express.Request, { headers })
}

function header(values: readonly string[]): Arbitrary<string> {
  const quality = constantFrom('', ';q=0', ';q=0.1', ';q=0.5', '; q=0.55', ';q=1', ';q=1.0')
  // Of what is said twice Express takes the later, which nobody should rely on.
  const selector = ([value]: readonly [string, string]): string => value.toLowerCase()
  return uniqueArray(tuple(constantFrom(...values), quality), { minLength: 1, maxLength: 6, selector }).map(
    (entries) => entries.map((parts) => parts.join('')).join(', '),
  )
}

it('media types are chosen as Express chooses them, and the first one when there is no choice', () => {
  const wishes = [...types, '*/*', 'text/*', 'application/*', 'image/*', 'image/png', 'Text/HTML']
  assert(
    property(header(wishes), (accept) => {
      const theirs = byExpress({ accept }).accepts([...types]) || types[0]
      return preferredType(accept, types) === theirs
    }),
    { numRuns: 2000 },
  )
})

it('languages are chosen as Express chooses them, and the first one when there is no choice', () => {
  const wishes = [...languages, '*', 'en-GB', 'fr', 'ja-JP', 'EN']
  assert(
    property(header(wishes), (accept) => {
      const theirs = byExpress({ 'accept-language': accept }).acceptsLanguages([...languages]) || languages[0]
      return preferredLanguage(accept, languages) === theirs
    }),
    { numRuns: 2000 },
  )
})
