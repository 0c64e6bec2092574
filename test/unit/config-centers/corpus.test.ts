import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { documentEditor } from '../../../src/config-centers/documents/document-editor.ts'
import { obstacleOf } from '../../../src/config-centers/documents/guard-values.ts'
import { scanJson } from '../../../src/config-centers/documents/scan-json.ts'
import { scanProperties } from '../../../src/config-centers/documents/scan-properties.ts'
import { scanToml } from '../../../src/config-centers/documents/scan-toml.ts'
import { scanYaml } from '../../../src/config-centers/documents/scan-yaml.ts'
import type { Leaf } from '../../../src/config-centers/documents/scanned-document.ts'
import type { DatasourceFields, DocumentFormat } from '../../../src/core/ports/document-editor.ts'
import { flat } from '../../fuzz/documents/check-document.ts'
import { corpusCases } from './corpus-cases.ts'

const folder = fileURLToPath(new URL('corpus/', import.meta.url))
const names = readdirSync(folder).sort()
const scans = { yaml: scanYaml, properties: scanProperties, json: scanJson, toml: scanToml }
const values = ['it\'s: #1, {a} \\ "q"', '密码🔑', '42']

/** The same document as other editors would have saved it. */
const savedBy: readonly ((content: string) => string)[] = [
  (content) => content,
  (content) => content.replaceAll('\n', '\r\n'),
  (content) => `\uFEFF${content}`,
  (content) => content.replace(/\n$/, ''),
]

function formatOf(name: string): DocumentFormat {
  return documentEditor.formatOf(name) ?? 'yaml'
}

function textOf(name: string): string {
  return readFileSync(folder + name, 'utf8')
}

/** What another reader makes of it; undefined where there is none for this text. */
function readOtherwise(format: DocumentFormat, content: string): Record<string, string> | undefined {
  if (format === 'properties' || format === 'toml') return undefined
  if (format === 'yaml') {
    const documents = [parseAllDocuments(content, { version: '1.1', intAsBigInt: true, prettyErrors: false })]
    return flat(
      documents.flat().map((document) => JSON.parse(JSON.stringify(document.toJS(), asText)) as unknown),
    )
  }
  try {
    return flat(JSON.parse(content.replace(/^\uFEFF/, '')))
  } catch {
    return undefined
  }
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function isEditable({ obstacle, overridden, value }: Leaf): boolean {
  return obstacle === undefined && overridden !== true && obstacleOf(value) === undefined
}

/** Edits one value; what must not have changed is looked at afterwards. */
function editAndCheck(format: DocumentFormat, content: string, leaf: Leaf, value: string): void {
  const edit = { path: leaf.path, value, document: leaf.document + 1 }
  const edited = documentEditor.edit(content, format, [edit]).content
  const tail = content.length - leaf.end
  expect(edited.slice(0, leaf.start)).toBe(content.slice(0, leaf.start))
  expect(edited.slice(edited.length - tail)).toBe(content.slice(leaf.end))
  const now = scans[format](edited).map((each) => [each.document, each.path, each.value])
  expect(now).toEqual(
    scans[format](content).map((each) => [
      each.document,
      each.path,
      each.start === leaf.start && each.end === leaf.end && each.path === leaf.path ? value : each.value,
    ]),
  )
  const [before, after] = [readOtherwise(format, content), readOtherwise(format, edited)]
  if (!before || !after) return
  expect(Object.keys(after)).toEqual(Object.keys(before))
  const changed = Object.keys(after).filter((path) => after[path] !== before[path])
  expect(changed.map((path) => after[path])).toEqual(leaf.value === value ? [] : [value])
}

describe('real-looking documents', () => {
  it('are at least forty', () => {
    expect(names.length).toBeGreaterThanOrEqual(40)
    expect(Object.keys(corpusCases)).toEqual(names)
  })

  it.each(names)('%s: every value is replaced alone, or refused', (name) => {
    const format = formatOf(name)
    let edits = 0
    const { broken } = corpusCases[name] ?? {}
    if (broken !== undefined) {
      expect(() => scans[format](textOf(name))).toThrow(broken)
      return
    }
    const leaves = scans[format](textOf(name))
    for (const [index, { start }] of leaves.entries()) {
      const content = (savedBy[index % savedBy.length] ?? String)(textOf(name))
      const leaf = scans[format](content)[index]
      if (!leaf) throw new Error(`no value for ${start}`)
      if (!isEditable(leaf)) {
        const edit = { path: leaf.path, value: 'x', document: leaf.document + 1 }
        if (leaf.overridden !== true) expect(() => documentEditor.edit(content, format, [edit])).toThrow()
        continue
      }
      for (const value of values) {
        if (isUnfit(name, format, content, leaf, value)) continue
        editAndCheck(format, content, leaf, value)
        edits += 1
      }
    }
    expect(edits).toBeGreaterThan(0)
  })

  it.each(names.filter((name) => corpusCases[name]?.broken === undefined))('%s: its datasource', (name) => {
    const { fields, refused, title, to } = corpusCases[name] ?? {}
    for (const save of savedBy) {
      const content = save(textOf(name))
      const edit = (): string =>
        documentEditor.editDatasource(content, formatOf(name), fields as DatasourceFields, {
          host: '10.99.0.1',
          port: 3399,
          user: 'n3w_app',
          password: 'n\'w "#1: x',
          ...to,
        })
      if (refused !== undefined) {
        expect(edit).toThrow(refused)
        continue
      }
      const edited = edit()
      const found = documentEditor.readDatasource(edited, formatOf(name), fields as DatasourceFields)
      expect([found.title, found.user, found.password.reveal()]).toEqual([
        title,
        'n3w_app',
        to?.password ?? 'n\'w "#1: x',
      ])
      const before = documentEditor.readDatasource(content, formatOf(name), fields as DatasourceFields)
      const told = documentEditor.describeDifference(content, edited, formatOf(name))
      expect(told.filter(({ sign }) => sign === '-').length).toBeLessThanOrEqual(5)
      const text = told.map((line) => line.text).join('\n')
      expect(text).not.toContain('n\'w "#1: x')
      if (before.password.reveal().length > 5) expect(text).not.toContain(before.password.reveal())
    }
  })
})

/** A number of a JSON document stays a number; a path that a later document sets again is refused. */
function isUnfit(name: string, format: DocumentFormat, content: string, leaf: Leaf, value: string): boolean {
  const bare =
    (format === 'json' || format === 'toml') && /^[-\dtfi]/.test(content.slice(leaf.start, leaf.end))
  const number = format === 'toml' ? /^-?\d+$/ : /^-?\d/
  const fits = number.test(content.slice(leaf.start, leaf.end)) && value === '42'
  const later = corpusCases[name]?.setAgain?.includes(`${leaf.document} ${leaf.path}`) === true
  if ((!bare || fits) && !later) return false
  const edit = { path: leaf.path, value, document: leaf.document + 1 }
  expect(() => documentEditor.edit(content, format, [edit])).toThrow()
  return true
}
