import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentEditor } from '../../../src/config-centers/documents/document-editor.ts'
import type { DocumentFormat } from '../../../src/core/ports/document-editor.ts'

function difference(before: string, after: string, format: DocumentFormat | undefined): readonly string[] {
  return documentEditor
    .describeDifference(before, after, format)
    .map(({ sign, line, text }) => `${sign} ${line} ${text}`)
}

const secret = 'Gr3nz-f@ll/#7'

describe('the difference of two versions', () => {
  it('is empty for the same text', () => {
    expect(difference('a: 1\n', 'a: 1\n', 'yaml')).toEqual([])
    expect(difference('', '', undefined)).toEqual([])
  })

  it('tells lines that changed, came and went, with their numbers', () => {
    expect(difference('a: 1\nb: 2\nc: 3\nd: 4\n', 'a: 1\nb: 5\nc: 3\nx: 6\nd: 4\ne: 7\n', 'yaml')).toEqual([
      '- 2 b: 2',
      '+ 2 b: 5',
      '+ 4 x: 6',
      '+ 6 e: 7',
    ])
  })

  it('shows that a password changed and never which', () => {
    const before = `spring:\n  datasource:\n    url: jdbc:mysql://old/o\n    password: "${secret}"  # from ops\n`
    const after = before.replace('old', 'new').replace(secret, 'n3xt-one')
    expect(difference(before, after, 'yaml')).toEqual([
      '- 3     url: jdbc:mysql://old/o',
      '- 4     password: ‹masked›  # from ops',
      '+ 3     url: jdbc:mysql://new/o',
      '+ 4     password: ‹masked›  # from ops',
    ])
  })

  it.each<[DocumentFormat | undefined, string]>([
    ['yaml', `DB_PASSWORD: ${JSON.stringify(secret)}`],
    ['yaml', `db: {user: app, pwd: ${JSON.stringify(secret)}, x: 1}`],
    ['yaml', `jwt:\n  secretKey: |\n    ${secret}\n    ${secret}`],
    ['yaml', `credentials:\n  - user: app\n    value: '${secret}'`],
    ['yaml', `env:\n  - name: MYSQL_ROOT_PASSWORD\n    value: '${secret}'`],
    ['yaml', `url: "mysql://app:${secret}@db:3306/orders"`],
    ['yaml', `url: mysql://${secret}@db:3306/orders`],
    ['yaml', `dsn: "app:${secret}@tcp(db:3306)/orders?parseTime=true"`],
    ['yaml', `url: "jdbc:mysql://db/orders?user=app&password=${secret}&useSSL=true"`],
    ['yaml', `args: "--user=app --password=${secret}"`],
    ['yaml', `a: 1 # password was ${secret}`],
    ['yaml', `# url: mysql://app:${secret}@db/orders\na: 1`],
    ['yaml', `password: "${secret}"\nmotto: "say ${secret} twice"`],
    ['yaml', `rule: |\n  ds:\n    password: ${secret}`],
    ['yaml', `password: ${JSON.stringify(secret)}\nbroken: [`],
    ['yaml', `cert: |\n  -----BEGIN PRIVATE KEY-----\n  ${secret}\n  -----END PRIVATE KEY-----`],
    ['properties', `spring.datasource.password=${secret}`],
    ['properties', `spring.datasource.password : ${secret}\\\n  ${secret}`],
    ['properties', `! token ${secret}\na=1`],
    ['properties', `url=jdbc\\:mysql\\://app\\:${secret}@db/orders`],
    ['json', `{"a": 1, "apiToken": ${JSON.stringify(secret)}}`],
    ['json', `{"auth": {"items": ["x", ${JSON.stringify(secret)}]}} // token: ${secret}`],
    ['json', `{"password": "${secret}", }}`],
    [undefined, `<password>${secret}</password>`],
    [undefined, `password ${secret}`],
    [undefined, `password = ${secret}`],
  ])('%s hides the secret in %j', (format, content) => {
    for (const [before, after] of [
      ['', content],
      [content, ''],
      [content.replaceAll(secret, 'something-else'), content],
    ] as const) {
      const told = difference(before, after, format)
      expect(told.length).toBeGreaterThan(0)
      expect(told.join('\n')).not.toContain(secret)
      expect(told.join('\n')).toContain('‹masked›')
    }
  })

  it('leaves ordinary values to see', () => {
    const content = [
      'url: jdbc:mysql://db:3306/orders?useSSL=false&serverTimezone=Asia/Shanghai',
      'username: app',
      'mail: ops@example.com',
      '# the primary one',
      'keycloak.url: http://kc:8080/auth',
      'password:',
      '',
    ].join('\n')
    expect(difference('', content, 'yaml').join('\n')).not.toContain('‹masked›')
  })

  it('shows parameters beside a masked one', () => {
    expect(difference('', 'u=jdbc:mysql://db/o?user=app&password=geheim&useSSL=true', 'properties')).toEqual([
      '+ 1 u=jdbc:mysql://db/o?user=app&password=‹masked›&useSSL=true',
    ])
  })

  it('makes line ends visible where they are what differs', () => {
    expect(difference('a: 1\n', 'a: 1\r\n', 'yaml')).toEqual(['- 1 a: 1␊', '+ 1 a: 1␍␊'])
    expect(difference('a: 1', 'a: 1\n', 'yaml')).toEqual(['- 1 a: 1', '+ 1 a: 1␊'])
    expect(difference('a: 1\r\n', 'a: 2\r\n', 'yaml')).toEqual(['- 1 a: 1', '+ 1 a: 2'])
  })

  it('lets no control character through to a terminal', () => {
    expect(difference('', 'a=\u001B[2Jx\u202Ey\u0085\tz', 'properties')).toEqual([
      '+ 1 a=\u241B[2Jx‹202E›y‹85›\tz',
    ])
  })

  it('bounds its work on texts that have nothing in common', () => {
    const long = (word: string): string =>
      Array.from({ length: 20_000 }, (_, line) => `${word}${line}: 1`).join('\n')
    expect(difference(long('a'), long('b'), undefined)).toHaveLength(40_000)
  })

  it('turns the one version into the other', () => {
    const text = fc.array(fc.constantFrom('a: 1', 'b: 2', 'c: 3', '# d', ''), { maxLength: 30 })
    fc.assert(
      fc.property(text, text, (before, after) => {
        const told = documentEditor.describeDifference(before.join('\n'), after.join('\n'), undefined)
        const gone = new Set(told.filter(({ sign }) => sign === '-').map(({ line }) => line))
        const come = new Set(told.filter(({ sign }) => sign === '+').map(({ line }) => line))
        // A line with its end, and without what stands behind the last end when that is nothing.
        const rest = (lines: string[], without: Set<number>): string[] =>
          lines
            .map((line, index) => (index < lines.length - 1 ? `${line}\n` : line))
            .filter((line, index) => line !== '' && !without.has(index + 1))
        expect(rest(before, gone)).toEqual(rest(after, come))
      }),
      { numRuns: 300 },
    )
  })
})
