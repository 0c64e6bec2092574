import type { DocumentEditor, DocumentFormat } from '../../core/ports/document-editor.ts'
import { parseAddress, withAddress } from './database-address.ts'
import { describeDifference } from './describe-difference.ts'
import { editDocument, findLeaf } from './edit-document.ts'
import { scanJson } from './scan-json.ts'
import { scanProperties } from './scan-properties.ts'
import { scanYaml } from './scan-yaml.ts'
import type { Scan } from './scanned-document.ts'

const scans: Readonly<Record<DocumentFormat, Scan>> = {
  yaml: scanYaml,
  properties: scanProperties,
  json: scanJson,
}

const endings: Readonly<Record<string, DocumentFormat>> = {
  yaml: 'yaml',
  yml: 'yaml',
  properties: 'properties',
  json: 'json',
}

/** Edits single values in YAML, Java properties and JSON documents; every other byte stays. */
export const documentEditor: DocumentEditor = {
  formatOf: (dataId) => endings[/\.([a-z]+)$/i.exec(dataId)?.[1]?.toLowerCase() ?? ''],
  read: (content, format, path) => findLeaf(scans[format](content), content, path)?.value,
  edit: (content, format, edits) => editDocument(scans[format], content, edits),
  describeDifference: (before, after, format) => describeDifference(before, after, format && scans[format]),
  parseAddress,
  withAddress,
}
