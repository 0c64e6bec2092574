import type { DocumentEditor, DocumentFormat } from '../../core/ports/document-editor.ts'
import { parseAddress, withAddress } from './database-address.ts'
import { describeDifference } from './describe-difference.ts'
import { editDatasource, readDatasource } from './datasource-in-document.ts'
import { editDocument } from './edit-document.ts'
import { findLeaf } from './find-leaf.ts'
import { scanJson } from './scan-json.ts'
import { scanProperties } from './scan-properties.ts'
import { scanToml } from './scan-toml.ts'
import { scanYaml } from './scan-yaml.ts'
import type { Scan } from './scanned-document.ts'

const scans: Readonly<Record<DocumentFormat, Scan>> = {
  yaml: scanYaml,
  properties: scanProperties,
  json: scanJson,
  toml: scanToml,
}

const endings: Readonly<Record<string, DocumentFormat>> = {
  yaml: 'yaml',
  yml: 'yaml',
  properties: 'properties',
  json: 'json',
  toml: 'toml',
}

/** Edits single values in YAML, Java properties, JSON and TOML documents; every other byte stays. */
export const documentEditor: DocumentEditor = {
  formatOf: (dataId) => endings[/\.([a-z]+)$/i.exec(dataId)?.[1]?.toLowerCase() ?? ''],
  read: (content, format, path, document) => findLeaf(scans[format](content), content, path, document)?.value,
  edit: (content, format, edits) => editDocument(scans[format], content, edits),
  readDatasource: (content, format, fields) => readDatasource(scans[format], content, fields),
  editDatasource: (content, format, fields, to) => editDatasource(scans[format], content, fields, to),
  describeDifference: (before, after, format) => describeDifference(before, after, format && scans[format]),
  parseAddress,
  withAddress,
}
