import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatComplaints } from '../../../src/playbook/format-complaints.ts'
import { changed, complaintsOf, told, variables } from './sample.ts'

const secret = 'Hunter2-Hunter2'

function shown(text: string, given: Readonly<Record<string, string>> = variables): string {
  return formatComplaints(complaintsOf(text, given), { colour: false })
}

/** Ways in which people write a password down. */
const spellings: readonly string[] = [
  `password: ${secret}`,
  `password: '${secret}'`,
  `password: "${secret}"`,
  `password: |\n      ${secret}`,
  `password: >-\n      first ${secret}\n      ${secret} last`,
  `password: [${secret}]`,
  `password: { value: ${secret} }`,
  `password: "${secret}`,
  `password: '${secret}`,
  `password: ${secret}: x`,
  `password: *${secret}`,
  `password: !${secret} x`,
  `password: &${secret} ''`,
  `password: @${secret}`,
  `password: %${secret}`,
  `password: blank ${secret}, and more ${secret}`,
  `password: a # ${secret}`,
  `password : ${secret}`,
  `"password": ${secret}`,
  `pasword: ${secret}`,
  `passwrd: x\n    # password: ${secret}`,
  `host: mysql://admin:${secret}@10.0.0.1/orders`,
]

describe('a password written into a playbook', () => {
  it.each(spellings)('does not come back in a complaint: %s', (spelling) => {
    const text = changed('password: env:TARGET_PASSWORD', spelling)
    expect(complaintsOf(text).length).toBeGreaterThan(0)
    expect(shown(text)).not.toContain(secret)
    expect(shown(`${text}\n bad: [`)).not.toContain(secret)
  })

  it('does not come back when something next to it is broken', () => {
    // Nearly always close to the password: that is where quotes and brackets go wrong.
    const whereabouts = fc.integer({ min: -30, max: 60 })
    const piece = fc.constantFrom(
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ':',
      ': ',
      '\n',
      '\t',
      '- ',
      '&a ',
      '*',
      '|',
      '>',
      '#',
      ' #',
      '!',
      '${',
      '%',
      ',',
    )
    const broken = fc
      .tuple(fc.constantFrom(...spellings.filter((one) => /^.?pass?word/.test(one))), whereabouts, piece)
      .map(([spelling, near, piece]) => {
        const text = changed('password: env:TARGET_PASSWORD', () => spelling)
        const at = text.indexOf(spelling) + near
        // Only around the key and the password themselves: inside them it would be another word.
        const keyEnd = text.indexOf(spelling) + spelling.indexOf(': ') + 2
        const from = text.indexOf(spelling)
        const isInside =
          (at > from && at < keyEnd) ||
          (at > text.indexOf(secret) && at < text.indexOf(secret) + secret.length)
        return isInside ? text : text.slice(0, at) + piece + text.slice(at)
      })
    fc.assert(
      fc.property(broken, (text) => {
        expect(shown(text)).not.toContain(secret)
      }),
      // Hiding works by guessing where a value ends, so the same slips are tried every time.
      { numRuns: 300, seed: 20_261_121 },
    )
  })

  it('does not come back from a field whose name says nothing', () => {
    const text = changed('account: orders_ro', `account: orders_ro\n      seal: ${secret}`)
    expect(told(text)).toEqual(['45:13 `seal` must be a reference to a secret, not the secret itself.'])
    expect(shown(text)).not.toContain(secret)
  })

  it('does not come back when it was filled in from a variable', () => {
    const text = changed('password: env:TARGET_PASSWORD', 'password: ${TARGET_PASSWORD}')
    const output = shown(text, { ...variables, TARGET_PASSWORD: secret })
    expect(output).toContain('`password` must be a reference to a secret, not the secret itself.')
    expect(output).toContain('Write env:TARGET_PASSWORD')
    expect(output).not.toContain(secret)
  })
})

describe('what is not a secret', () => {
  it('stays readable: references and variables', () => {
    expect(
      shown(changed('user: admin\n    password: env:SOURCE', 'usr: admin\n    password: env:SOURCE')),
    ).toContain('password: env:SOURCE_PASSWORD')
  })

  it('leaves the columns of its neighbours right', () => {
    const text = changed(
      'target:\n    kind: database\n    host: ${TARGET_HOST}\n    port: ${TARGET_PORT:-3307}\n    user: admin\n    password: env:TARGET_PASSWORD',
      `target: { kind: database, host: x, password: ${secret}, usr: admin }`,
    )
    expect(told(text).join('\n')).toContain(' is not a key of `target`')
    const [marked, underline] = shown(text)
      .split('\n')
      .filter((_, index, lines) => [index, index - 1].some((one) => lines[one]?.startsWith('>')))
      .slice(-2)
    expect(marked?.slice(underline?.indexOf('^'), (underline?.lastIndexOf('^') ?? 0) + 1)).toBe('usr')
  })
})
