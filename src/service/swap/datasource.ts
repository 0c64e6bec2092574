import { CutoverError } from '../../core/errors.ts'
import type { DocumentFormat } from '../../core/ports/document-editor.ts'
import { Secret } from '../../core/secret.ts'

/** Where the datasource stands in the config center. */
export interface DatasourceDocument {
  readonly dataId: string
  /** Default `DEFAULT_GROUP`. */
  readonly group?: string
  /** Default: by the ending of the data id, else YAML. */
  readonly format?: DocumentFormat
  /** Dotted paths of its values. Default: as Spring writes them, `spring.datasource.url`, `.username`, `.password`. */
  readonly fields?: DatasourceFields
}

export interface DatasourceFields {
  /** `jdbc:mysql://host:port/schema`, `jdbc:mariadb://…` or `mysql://…`. */
  readonly url: string
  /** The same as url: it stands in the address. */
  readonly user: string
  /** The same as url: it stands in the address. */
  readonly password: string
  /**
   * Of several documents in one text, parted by `---`: the number from 1, or the profile it is activated on. Left out:
   * the values stand in one of them only.
   */
  readonly document?: number | string
}

/** A database server, the schema on it, and who logs in. */
export interface Datasource {
  readonly host: string
  readonly port: number
  readonly schema: string
  readonly user: string
  readonly password: Secret
}

const springFields: DatasourceFields = {
  url: 'spring.datasource.url',
  user: 'spring.datasource.username',
  password: 'spring.datasource.password',
}

/** @throws CutoverError `system.refused` naming the field that is missing or cannot be read; never with content. */
export async function readDatasource(content: string, document: DatasourceDocument): Promise<Datasource> {
  // Late: a service that is not switched live does not load a YAML reader with its pool.
  const { documentEditor } = await import('../../config-centers/documents/document-editor.ts')
  const format = document.format ?? documentEditor.formatOf(document.dataId) ?? 'yaml'
  const fields = document.fields ?? springFields
  for (const path of [fields.url, fields.user, fields.password]) {
    if (documentEditor.read(content, format, path, fields.document) !== undefined) continue
    throw new CutoverError('system.refused', `${document.dataId} has no ${path}`, {
      hint: 'Name the fields of the datasource in the options of the pool.',
    })
  }
  const { address, user, password } = documentEditor.readDatasource(content, format, fields)
  if (!address) {
    throw new CutoverError(
      'system.refused',
      `the database address in ${document.dataId} names several servers`,
      {
        hint: 'The pool uses one server; give the service an address of one.',
      },
    )
  }
  return { ...address, user, password: new Secret(`${document.dataId}-password`, password.reveal()) }
}

/** `host:port/schema`. */
export function titleOf({ host, port, schema }: Datasource): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${schema}`
}

/** The same server, schema, user and password. */
export function isSameDatasource(a: Datasource, b: Datasource): boolean {
  return titleOf(a) === titleOf(b) && a.user === b.user && a.password.reveal() === b.password.reveal()
}
