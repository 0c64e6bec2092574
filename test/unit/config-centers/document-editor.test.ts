import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentEditor } from '../../../src/config-centers/documents/document-editor.ts'
import type { DocumentFormat } from '../../../src/core/ports/document-editor.ts'

const url = 'spring.datasource.url'
const lines = (...text: string[]): string => text.join('\n')

function edited(content: string, format: DocumentFormat, path: string, value: string): string {
  const result = documentEditor.edit(content, format, [{ path, value }])
  expect(documentEditor.read(result.content, format, path)).toBe(value)
  return result.content
}

function refusal(content: string, format: DocumentFormat, path: string, value = 'x'): unknown {
  try {
    documentEditor.edit(content, format, [{ path, value }])
  } catch (error) {
    return error
  }
  throw new Error('was not refused')
}

describe('format of a document', () => {
  it.each([
    ['orders.yaml', 'yaml'],
    ['orders-prod.YML', 'yaml'],
    ['billing.properties', 'properties'],
    ['notice.json', 'json'],
    ['orders.toml', 'toml'],
    ['orders', undefined],
    ['orders.xml', undefined],
  ])('%s is %s', (dataId, format) => {
    expect(documentEditor.formatOf(dataId)).toBe(format)
  })
})

describe('a YAML document', () => {
  const spring = lines(
    '# who changes this: ask #orders',
    'spring:',
    '    datasource:   # hikari',
    '        url:   jdbc:mysql://old:3306/orders?useSSL=false&x=1   # do not touch',
    "        username: 'orders_app'",
    '        password: "s3cret"',
    '        hikari: {maximum-pool-size: 10, minimum-idle: 2}',
    'list:   [a,  b]',
    '',
    '',
    'server.port: 8080',
  )

  it('keeps every other byte', () => {
    const result = documentEditor.edit(spring, 'yaml', [
      { path: 'spring.datasource.password', value: 'n"e\\w' },
      { path: url, value: 'jdbc:mysql://new:3307/orders?useSSL=false&x=1' },
      { path: 'spring.datasource.username', value: "o'rders" },
      { path: 'spring.datasource.hikari.maximum-pool-size', value: '20' },
      { path: 'server.port', value: '9090' },
    ])
    expect(result.content).toBe(
      spring
        .replace('//old:3306', '//new:3307')
        .replace("'orders_app'", "'o''rders'")
        .replace('"s3cret"', String.raw`"n\"e\\w"`)
        .replace('size: 10', 'size: 20')
        .replace('8080', '9090'),
    )
    expect(result.before).toEqual([
      's3cret',
      'jdbc:mysql://old:3306/orders?useSSL=false&x=1',
      'orders_app',
      '10',
      '8080',
    ])
  })

  it('keeps CRLF, a byte order mark and the missing final newline', () => {
    const content = '\uFEFFspring:\r\n  datasource:\r\n    url: old\r\n    password: p'
    expect(edited(content, 'yaml', url, 'new')).toBe(content.replace('old', 'new'))
    expect(edited(content, 'yaml', 'spring.datasource.password', 'q')).toBe(content.replace(': p', ': q'))
  })

  it('finds dotted, half-dotted and nested keys', () => {
    for (const content of [
      'spring.datasource.url: old\n',
      'spring.datasource:\n  url: old\n',
      'spring:\n  datasource.url: old\n',
      '{"spring": {"datasource": {"url": "old"}}}',
      'spring: {datasource: {url: old}}',
    ]) {
      expect(edited(content, 'yaml', url, 'new')).toBe(content.replace('old', 'new'))
    }
  })

  it('edits the one document of several that has the key', () => {
    const content = lines('a: 1', '---', 'spring.datasource.url: old', '--- # prod', 'b: 2', '')
    expect(edited(content, 'yaml', url, 'new')).toBe(content.replace('old', 'new'))
  })

  it('items of a list are reached by their number', () => {
    const content = 'nodes:\n- {url: a}\n- {url: b}\n'
    expect(edited(content, 'yaml', 'nodes[1].url', 'c')).toBe('nodes:\n- {url: a}\n- {url: c}\n')
  })

  it.each([
    'yes',
    'No',
    'on',
    'null',
    'True',
    '~',
    '',
    ' x',
    'x ',
    '0123',
    '1_000',
    '0x1F',
    '0b11',
    '12:30:45',
    '1e3',
    '.5',
    '2026-11-21',
    '- x',
    '? x',
    '# x',
    'a: b',
    'a #b',
    'a:',
    '*a',
    '&a',
    '!a',
    '@a',
    '`a',
    '%a',
    '"',
    "'",
    '{a}',
    '[a]',
    'a, b',
    '<<',
    '=',
    '...',
    '---',
    '密码',
    '🚀',
    'a\\nb',
    'e0',
    'E5',
    'n',
    'Y',
  ])('the plain value becomes %j and nothing else', (value) => {
    const content = 'a: {password: old}\npassword: old # c\nb: c\n'
    for (const path of ['password', 'a.password']) edited(content, 'yaml', path, value)
  })

  it('a value that is not plain text to an older YAML is quoted', () => {
    expect(edited('p: old\n', 'yaml', 'p', 'yes')).toBe('p: "yes"\n')
    expect(edited('p: old\n', 'yaml', 'p', '12:30:45')).toBe('p: "12:30:45"\n')
    expect(edited('p: old\n', 'yaml', 'p', '0123')).toBe('p: "0123"\n')
    expect(edited('{p: old}', 'yaml', 'p', 'jdbc:mysql://h:1/o')).toBe('{p: "jdbc:mysql://h:1/o"}')
    expect(edited('p: "old"\n', 'yaml', 'p', '🚀')).toBe('p: "\\U0001F680"\n')
  })

  it('an empty value is filled in before its comment', () => {
    expect(edited('p:\nq: 1\n', 'yaml', 'p', 'x')).toBe('p: "x"\nq: 1\n')
    expect(edited('p: # none\nq: 1', 'yaml', 'p', 'x')).toBe('p: "x" # none\nq: 1')
    expect(edited('q: 1\np:', 'yaml', 'p', 'x')).toBe('q: 1\np: "x"')
  })

  it('reads values as Spring binds them', () => {
    const content = 'a: 0123\nb: 1_000\nc: 2026-01-01\nd: y\ne: yes\nf: ~\ng: 12345678901234567890\n'
    const read = (path: string): unknown => documentEditor.read(content, 'yaml', path)
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(read)).toEqual([
      '83',
      '1000',
      '2026-01-01',
      'y',
      'true',
      '',
      '12345678901234567890',
      undefined,
    ])
  })

  it.each([
    ['an alias', 'a: &x old\nspring.datasource.url: *x\n', '2:24', 'alias'],
    ['an anchor', 'spring.datasource.url: &x old\nb: *x\n', '1:27', 'anchor'],
    ['something below an anchor', 'spring: &s\n  datasource: {url: old}\nb: *s\n', '2:21', 'anchor'],
    ['something below an alias', 'd: &d {url: old}\nspring.datasource: *d\n', '2:20', 'by reference'],
    ['something merged', 'd: &d {url: old}\nspring.datasource:\n  <<: *d\n', '3:7', 'by reference'],
    ['a tag', 'spring.datasource.url: !!str old\n', '1:30', 'tag'],
    ['a block', 'spring.datasource.url: |\n  old\n', '1:24', 'block'],
    ['a placeholder', 'spring.datasource.url: jdbc:mysql://${HOST:old}/o\n', '1:24', 'placeholder'],
    ['an encrypted value', 'spring.datasource.url: ENC(abc=)\n', '1:24', 'encrypted'],
    ['a cipher', "spring.datasource.url: '{cipher}abc'\n", '1:24', 'encrypted'],
    ['a duplicate key', 'spring:\n  datasource: {url: old}\nspring:\n  a: 1\n', '3:1', 'twice'],
    [
      'a dotted duplicate',
      'spring.datasource.url: old\nspring:\n  datasource:\n    url: old\n',
      '4:10',
      '1:24 and 4:10',
    ],
    [
      'one in two documents',
      'spring.datasource.url: old\n---\nspring.datasource.url: old\n',
      '3:24',
      'more than once',
    ],
    ['a map', 'spring:\n  datasource:\n    url:\n      a: old\n', '4:10', 'not a single value'],
    ['broken text', 'spring: {datasource: old\nb: "s3cret\n', '2:1', 'not valid YAML'],
  ])('%s is refused with its place', (_, content, where, text) => {
    const error = refusal(content, 'yaml', url)
    expect(error).toMatchObject({ code: 'system.refused', message: expect.stringContaining(text) })
    expect(error).toMatchObject({ where })
    expect(String(error)).not.toMatch(/\bold\b|s3cret/)
  })

  const profiles = lines(
    'spring: {datasource: {url: base}}',
    '---',
    'spring.config.activate.on-profile: prod',
    'spring.datasource.url: prod-url',
    '---',
    'spring:',
    '  profiles: [test, dev]',
    '  datasource:',
    '    url: dev-url',
    '',
  )

  it.each([
    [1, 'base'],
    [2, 'prod-url'],
    [3, 'dev-url'],
    ['prod', 'prod-url'],
    ['dev', 'dev-url'],
  ])('of several documents, %j chooses the one with %s', (document, old) => {
    expect(documentEditor.read(profiles, 'yaml', url, document)).toBe(old)
    const { content } = documentEditor.edit(profiles, 'yaml', [{ path: url, value: 'new', document }])
    expect(content).toBe(profiles.replace(old, 'new'))
  })

  it('a choice that fits no document, or several, is refused', () => {
    const choose = (content: string, document: number | string) => (): unknown =>
      documentEditor.edit(content, 'yaml', [{ path: url, value: 'x', document }])
    expect(choose(profiles, 4)).toThrow('the document has no spring.datasource.url')
    expect(choose(profiles, 'uat')).toThrow('activated on the profile uat')
    expect(choose(`${profiles}---\nspring.profiles: prod\n`, 'prod')).toThrow(
      'several documents of the text are activated on the profile prod (11:18)',
    )
  })

  it('a value that a later document sets again is refused', () => {
    const content = lines('spring.datasource.url: a', '---', 'spring.datasource.url: b', '')
    const edit = (document: number) => (): unknown =>
      documentEditor.edit(content, 'yaml', [{ path: url, value: 'x', document }])
    expect(edit(1)).toThrow('spring.datasource.url is set again by a later document, at 3:24 (1:24)')
    expect(edit(2)).not.toThrow()
  })

  it('an alias is read as what it stands for', () => {
    expect(documentEditor.read('a: &x old\nb: *x\n', 'yaml', 'b')).toBe('old')
  })

  it.each([
    ['yaml', '['.repeat(5000)],
    ['yaml', `${'['.repeat(2000)}1${']'.repeat(2000)}`],
    ['yaml', `a: ${'{a: '.repeat(300)}1${'}'.repeat(300)}`],
    ['json', '['.repeat(100_000)],
    ['json', `${'[{"a":'.repeat(300)}1${'}]'.repeat(300)}`],
  ] as const)('%s nested without end is refused', (format, content) => {
    expect(refusal(content, format, 'a')).toMatchObject({ code: 'system.refused' })
  })

  it('a key that is not there is refused', () => {
    expect(refusal('a: 1\n', 'yaml', url)).toMatchObject({ code: 'system.refused' })
    expect(refusal('', 'yaml', url)).toMatchObject({ code: 'system.refused' })
  })

  it.each(['a\nb', 'a\0', '\u0085', '${x}', 'ENC(x)', '\uD800'])('the new value %j is refused', (value) => {
    expect(refusal('a: 1\n', 'yaml', 'a', value)).toMatchObject({ code: 'system.refused' })
  })
})

describe('a properties document', () => {
  it('keeps comments, separators, order and line ends', () => {
    const content = '# c\r\n! d\r\n\r\nspring.datasource.url = old\r\n  a:1\r\nb 2\r\nurl=x'
    expect(edited(content, 'properties', url, 'new')).toBe(content.replace('old', 'new'))
    expect(edited(content, 'properties', 'a', '3')).toBe(content.replace('a:1', 'a:3'))
    expect(edited(content, 'properties', 'b', '3')).toBe(content.replace('b 2', 'b 3'))
  })

  it('understands escapes and continued lines', () => {
    const content = 'a\\ b\\:c = one\\\n   two\\u4e2d\\t\\\\\nnext=1\nlong=x \\\r\n\t y\\\\\nend=2'
    const read = (path: string): unknown => documentEditor.read(content, 'properties', path)
    expect(read('a b:c')).toBe('onetwo中\t\\')
    expect(read('long')).toBe('x y\\')
    expect(read('next')).toBe('1')
    expect(read('end')).toBe('2')
    expect(edited(content, 'properties', 'long', 'z')).toBe(content.replace('x \\\r\n\t y\\\\', 'z'))
  })

  it('writes values that Java reads back in any charset', () => {
    expect(edited('p=old\n', 'properties', 'p', 'a\\b 密 = : # !')).toBe('p=a\\\\b \\u5BC6 = : # !\n')
    expect(edited('p=old', 'properties', 'p', ' x')).toBe('p=\\ x')
    expect(edited('p old', 'properties', 'p', '=x')).toBe('p \\=x')
    expect(edited('p', 'properties', 'p', 'x')).toBe('p=x')
    expect(edited('p=\nq=1', 'properties', 'p', 'x')).toBe('p=x\nq=1')
  })

  it('the last of equal keys counts, as in Java', () => {
    const content = 'a=1\nb=x\n\\u0061 : 2\n'
    expect(documentEditor.read(content, 'properties', 'a')).toBe('2')
    expect(edited(content, 'properties', 'a', '3')).toBe('a=1\nb=x\n\\u0061 : 3\n')
  })

  it('parts that Spring takes for documents of their own are told apart', () => {
    const content =
      'a=1\n#---\nspring.config.activate.on-profile=prod\na=2\n!---\nspring.profiles=test,dev\na=3\n'
    const edit = (document: number | string): string =>
      documentEditor.edit(content, 'properties', [{ path: 'a', value: 'x', document }]).content
    expect(refusal(content, 'properties', 'a')).toMatchObject({ where: '4:3' })
    expect(edit(1)).toBe(content.replace('a=1', 'a=x'))
    expect(edit('prod')).toBe(content.replace('a=2', 'a=x'))
    expect(edit('dev')).toBe(content.replace('a=3', 'a=x'))
    expect(documentEditor.read(content, 'properties', 'a', 3)).toBe('3')
  })

  it('refuses placeholders, encrypted values and broken escapes', () => {
    expect(refusal('a=${B}\n', 'properties', 'a')).toMatchObject({ where: '1:3' })
    expect(refusal('\na=ENC(x)\n', 'properties', 'a')).toMatchObject({ where: '2:3' })
    expect(refusal('a=\\u12x\n', 'properties', 'a')).toMatchObject({ where: '1:3' })
    expect(refusal('a=1\n', 'properties', 'b')).toMatchObject({ code: 'system.refused' })
  })
})

describe('a JSON document', () => {
  const content =
    '\uFEFF{ // comment "url": 1\r\n "spring" : {"datasource.url":"old", /* x */ "n": 1.50, "t":true},\r\n "l":[1,{"a":null}, [] , {}]}'

  it('keeps every other byte', () => {
    expect(edited(content, 'json', url, 'n"\\')).toBe(content.replace('"old"', String.raw`"n\"\\"`))
    expect(edited(content, 'json', 'spring.n', '2')).toBe(content.replace('1.50', '2'))
    expect(edited(content, 'json', 'l[1].a', 'x')).toBe(content.replace('null', '"x"'))
    expect(documentEditor.read(content, 'json', 'spring.t')).toBe('true')
  })

  it('a number does not become text', () => {
    expect(refusal(content, 'json', 'spring.n', 'x')).toMatchObject({ code: 'system.refused' })
    expect(refusal(content, 'json', 'spring.t', 'maybe')).toMatchObject({ code: 'system.refused' })
  })

  it('may have a comma behind its last item', () => {
    const jsonc = '{"a": [1, 2,], // c\n "b": {"c": 3, /* d */ },}'
    expect(edited(jsonc, 'json', 'b.c', '4')).toBe(jsonc.replace('3', '4'))
    expect(edited(jsonc, 'json', 'a[1]', '5')).toBe(jsonc.replace('2,]', '5,]'))
  })

  it('keeps numbers no computer can hold', () => {
    const big = '{"a": 12345678901234567890123456789, "b": 1e999, "c": -0.0, "p": "\\u0041\\/"}'
    expect(documentEditor.read(big, 'json', 'a')).toBe('12345678901234567890123456789')
    expect(documentEditor.read(big, 'json', 'p')).toBe('A/')
    expect(edited(big, 'json', 'p', 'x')).toBe(big.replace('\\u0041\\/', 'x'))
  })

  it.each([
    ['{"a":{"b":1},"a":{"c":2}}', '1:14'],
    ['{"a":1,,}', '1:8'],
    ['{,}', '1:2'],
    ['[1 2]', '1:4'],
    ['[1,', '1:4'],
    ['{"a":1', '1:7'],
    ['{"a":1} x', '1:9'],
    ["{'a':1}", '1:2'],
    ['{"a":01}', '1:7'],
    ['{"a":"x\ny"}', '1:6'],
    ['', '1:1'],
  ])('%s is refused with its place', (text, where) => {
    expect(refusal(text, 'json', 'a.b')).toMatchObject({ code: 'system.refused', where })
  })
})

describe('a TOML document', () => {
  const content = [
    '\uFEFF# top',
    'title = "a \\u0041\\" b"',
    'db."x y".url = \'old\' # c',
    '[server]',
    'ports = [ 1, 2, # two',
    '  3, ]',
    'tls = { on = true, names = ["a", "b"] }',
    'at = 1979-05-27 07:32:00',
    'motd = """',
    'one',
    '[two]"""',
    '[[shard]]',
    'url = "s0"',
    '[shard.pool]',
    'size = 5',
    '[[shard]]',
    'url = "s1"',
    '[shard.pool]',
    'size = 6',
    '',
  ].join('\r\n')

  it('keeps every other byte', () => {
    expect(documentEditor.read(content, 'toml', 'title')).toBe('a A" b')
    expect(edited(content, 'toml', 'db.x y.url', 'n\\"w')).toBe(content.replace("'old'", `'n\\"w'`))
    expect(edited(content, 'toml', 'db.x y.url', "n'w")).toBe(content.replace("'old'", `"n'w"`))
    expect(edited(content, 'toml', 'server.ports[2]', '4')).toBe(content.replace('  3,', '  4,'))
    expect(edited(content, 'toml', 'server.tls.names[1]', '密')).toBe(content.replace('"b"]', '"密"]'))
    expect(edited(content, 'toml', 'shard[1].url', 'x')).toBe(content.replace('s1', 'x'))
    expect(edited(content, 'toml', 'shard[0].pool.size', '7')).toBe(content.replace('size = 5', 'size = 7'))
  })

  it('refuses another kind of value, and texts of several lines', () => {
    expect(refusal(content, 'toml', 'shard[0].pool.size')).toMatchObject({ code: 'system.refused' })
    expect(refusal(content, 'toml', 'server.motd')).toMatchObject({ where: '9:8' })
    expect(refusal(content, 'toml', 'server.tls')).toMatchObject({ where: '7:14' })
  })

  it.each([
    ['a = 1\na = 2', '2:5'],
    ['a = 1 b = 2', '1:6'],
    ['a = "x', '1:5'],
    ['a = [1 2]', '1:8'],
    ['a = [,]', '1:6'],
    ['a =', '1:4'],
    ['[a', '1:3'],
    ['= 1', '1:1'],
    [`a = ${'['.repeat(300)}`, '1:205'],
  ])('%s is refused with its place', (text, where) => {
    expect(refusal(text, 'toml', 'a')).toMatchObject({ code: 'system.refused', where })
  })
})

describe('any document', () => {
  const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/)
  // What can stand in each style without an escape, so that writing it again gives the same bytes.
  const plain = fc
    .stringMatching(/^[a-z][a-z0-9_./@-]{0,12}[a-z0-9]$/)
    .filter((text) => !/^(yes|no|on|off|true|false|null|e[0-9]+)$/.test(text))
  const anything = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .filter(
      (text) => !/[\p{Cc}\u2028\u2029\uFEFF\uFFFE\uFFFF]|\$\{|^\s*(ENC\(|\{cipher\}|cipher)/iu.test(text),
    )
  const newline = fc.constantFrom('\n', '\r\n')
  const entries = fc.uniqueArray(fc.tuple(key, plain), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 8,
  })

  const writers: Record<
    'yaml' | 'properties' | 'json',
    (pairs: [string, string][], styles: number[], end: string) => string
  > = {
    yaml: (pairs, styles, end) =>
      pairs
        .map(([name, value], index) => {
          const style = styles[index % styles.length] ?? 0
          const text = [value, `'${value}'`, `"${value}"`][style % 3]
          return `${style > 2 ? `top${index}:${end}  ` : ''}${name}: ${style > 1 ? '  ' : ''}${text}${style % 2 ? ' # c' : ''}`
        })
        .join(end) + (pairs.length % 2 ? end : ''),
    properties: (pairs, styles, end) =>
      pairs
        .map(
          ([name, value], index) =>
            `${name}${['=', ' = ', ': ', ' '][(styles[index % styles.length] ?? 0) % 4]}${value}`,
        )
        .join(`${end}# comment${end}`) + (pairs.length % 2 ? end : ''),
    json: (pairs, styles, end) =>
      `{${end}${pairs.map(([name, value]) => `"${name}" :${' '.repeat(styles[0] ?? 0)}"${value}"`).join(`,${end}// c${end}`)}}`,
  }

  it.each(['yaml', 'properties', 'json'] as const)(
    'differs only in the edited value and can be edited back: %s',
    (format) => {
      fc.assert(
        fc.property(
          entries,
          fc.array(fc.nat(5), { minLength: 1, maxLength: 8 }),
          newline,
          plain,
          anything,
          fc.nat(),
          (pairs, styles, end, next, odd, pick) => {
            const content = writers[format](pairs, styles, end)
            const index = pick % pairs.length
            const [name, value] = pairs[index] ?? ['', '']
            const nested = format === 'yaml' && (styles[index % styles.length] ?? 0) > 2
            const path = nested ? `top${index}.${name}` : name
            const there = documentEditor.edit(content, format, [{ path, value: next }])
            expect(there.before).toEqual([value])
            const back = documentEditor.edit(there.content, format, [{ path, value }])
            expect(back.content).toBe(content)

            const strange = documentEditor.edit(content, format, [{ path, value: odd }]).content
            expect(documentEditor.read(strange, format, path)).toBe(odd)
            const start = commonStart(content, strange)
            const tail = commonEnd(content.slice(start), strange.slice(start))
            const replaced = content.slice(start, content.length - tail)
            expect([`'${value}'`, `"${value}"`].some((text) => text.includes(replaced))).toBe(true)
          },
        ),
        { numRuns: 400 },
      )
    },
  )
})

function commonStart(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}

function commonEnd(a: string, b: string): number {
  let length = 0
  while (length < Math.min(a.length, b.length) && a.at(-1 - length) === b.at(-1 - length)) length += 1
  return length
}
