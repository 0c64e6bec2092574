import { isDeepStrictEqual } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { documentEditor } from '../../../src/config-centers/documents/document-editor.ts'
import { scanJson } from '../../../src/config-centers/documents/scan-json.ts'
import { scanProperties } from '../../../src/config-centers/documents/scan-properties.ts'
import { scanToml } from '../../../src/config-centers/documents/scan-toml.ts'
import { scanYaml } from '../../../src/config-centers/documents/scan-yaml.ts'
import type { DocumentFormat } from '../../../src/core/ports/document-editor.ts'
import type { WrittenLeaf, WrittenText } from './text-writer.ts'

export interface Checked {
  readonly edited: string
  /** What each document of the edited text says, by path. */
  readonly wanted: readonly Readonly<Record<string, string>>[]
}

/**
 * Edits one value and checks what it became: bytes outside the value, every value of every document by the editor, and
 * by another reader where there is one.
 * @throws Error that says what is wrong
 */
export function checkDocument(
  format: DocumentFormat,
  { content, leaves }: WrittenText,
  leaf: WrittenLeaf,
  value: string,
): Checked {
  const choice = leaf.document + 1
  const unchanged = wantedValues(leaves)
  if (!isDeepStrictEqual(valuesIn(format, content), unchanged)) throw new Error('reads something else')
  const edit = { path: leaf.path, value, document: choice }
  const { content: edited, before } = documentEditor.edit(content, format, [edit])
  if (before[0] !== leaf.value) throw new Error('says another value was there before')
  const tail = content.length - leaf.end
  if (!edited.startsWith(content.slice(0, leaf.start)) || !edited.endsWith(content.slice(leaf.end))) {
    throw new Error('changed bytes outside the value')
  }
  const now = edited.slice(leaf.start, edited.length - tail)
  if (value === leaf.value && now !== content.slice(leaf.start, leaf.end)) {
    throw new Error('changed bytes although the value is the same')
  }
  const wanted = wantedValues(leaves, leaf, value)
  if (!isDeepStrictEqual(valuesIn(format, edited), wanted)) throw new Error('changed another value')
  requireOtherReader(format, edited, wanted)
  return { edited, wanted }
}

const scans = { yaml: scanYaml, properties: scanProperties, json: scanJson, toml: scanToml }

function valuesIn(format: DocumentFormat, content: string): readonly Readonly<Record<string, string>>[] {
  const documents: Record<string, string>[] = []
  for (const leaf of scans[format](content).filter(({ overridden }) => overridden !== true)) {
    const document = (documents[leaf.document] ??= {})
    document[leaf.path] = leaf.value
  }
  return documents
}

function wantedValues(
  leaves: readonly WrittenLeaf[],
  changed?: WrittenLeaf,
  value = '',
): readonly Readonly<Record<string, string>>[] {
  const documents: Record<string, string>[] = []
  for (const leaf of leaves) {
    const document = (documents[leaf.document] ??= {})
    document[leaf.path] = leaf === changed ? value : leaf.value
  }
  return documents
}

function requireOtherReader(
  format: DocumentFormat,
  edited: string,
  wanted: readonly Readonly<Record<string, string>>[],
): void {
  const said = otherReader(format, edited)
  if (said && !isDeepStrictEqual(said, wanted)) throw new Error('another reader reads something else')
}

/** Plain YAML 1.2, and JSON as it is without what only readers with comments take. */
function otherReader(format: DocumentFormat, edited: string): readonly Record<string, string>[] | undefined {
  if (format === 'yaml') {
    const documents = [parseAllDocuments(edited, { prettyErrors: false })].flat()
    return documents.map((document) => flat(document.toJS()))
  }
  if (format === 'properties' || format === 'toml') return undefined
  try {
    return [flat(JSON.parse(edited.replace(/^\uFEFF/, '')))]
  } catch {
    return undefined
  }
}

/** Every scalar by its path, as text. */
export function flat(value: unknown, path = '', into: Record<string, string> = {}): Record<string, string> {
  if (Array.isArray(value)) value.forEach((item, index) => flat(item, `${path}[${index}]`, into))
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) flat(item, path === '' ? name : `${path}.${name}`, into)
  } else into[path] = typeof value === 'string' ? value : JSON.stringify(value)
  return into
}
