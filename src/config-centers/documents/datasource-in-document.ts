import type { DatasourceEdit, DatasourceFields, FoundDatasource } from '../../core/ports/document-editor.ts'
import { Secret } from '../../core/secret.ts'
import { addressParts } from './address-parts.ts'
import { refuseAddress } from './address-piece.ts'
import { oneServer, replacementsFor, requireNoCredentials, titleOfAddress } from './database-address.ts'
import type { Replacement } from './database-address.ts'
import { missing, replaceLeaves } from './edit-document.ts'
import { findLeaf } from './find-leaf.ts'
import { changesFor, follow } from './follow-placeholders.ts'
import type { Followed } from './follow-placeholders.ts'
import { obstacleOf, requireWritable } from './guard-values.ts'
import { refuseAt } from './scanned-document.ts'
import type { Leaf, Scan } from './scanned-document.ts'

interface Opened {
  readonly content: string
  readonly leaves: readonly Leaf[]
  readonly url: Followed
  /** Undefined: the address holds it. */
  readonly user: Followed | undefined
  readonly password: Followed | undefined
}

/** @throws CutoverError `system.refused` naming the path; never with content. */
export function readDatasource(scan: Scan, content: string, fields: DatasourceFields): FoundDatasource {
  const { url, user, password } = open(scan, content, fields)
  const parts = addressParts(url.text)
  requireCredentialsWhereSaid(url.text, { user, password })
  return {
    title: titleOfAddress(parts),
    address: parts.servers.length === 1 ? oneServer(parts) : undefined,
    user: user?.text ?? parts.user?.value ?? '',
    password: new Secret('datasource-password', password?.text ?? parts.password?.value ?? ''),
  }
}

/** @throws CutoverError `system.refused` for whatever must not be replaced; nothing is changed then. */
export function editDatasource(
  scan: Scan,
  content: string,
  fields: DatasourceFields,
  to: DatasourceEdit,
): string {
  requireWritable(fields.user, to.user)
  requireWritable(fields.password, to.password)
  const { leaves, url, user, password } = open(scan, content, fields)
  requireCredentialsWhereSaid(url.text, { user, password })
  const wishes: readonly (readonly [Followed, readonly Replacement[]])[] = [
    [url, to.url === undefined ? pointedAt(url, to, user, password) : wholeAddress(url, to, user, password)],
    ...(user ? [[user, whole(user, to.user)] as const] : []),
    ...(password ? [[password, whole(password, to.password)] as const] : []),
  ]
  const users = wishes.map(([followed]) => followed.leaf)
  const targets = wishes.flatMap(([followed, replacements]) =>
    changesFor(leaves, content, followed, replacements, users),
  )
  for (const { leaf, value } of targets) requireReplaceable(content, leaf, value, users)
  const edited = replaceLeaves(scan, { content, leaves }, targets)
  requireSays(readDatasource(scan, edited, fields), to)
  return edited
}

function open(scan: Scan, content: string, fields: DatasourceFields): Opened {
  const leaves = scan(content)
  const at = (path: string, isUrl = false): Followed => {
    const leaf = findLeaf(leaves, content, path, fields.document)
    if (!leaf) throw missing(leaves, content, path)
    // Parameters are kept as they are, whatever they mean.
    const parameters = isUrl ? leaf.value.indexOf('?') : -1
    return follow(leaves, content, leaf, parameters < 0 ? undefined : parameters)
  }
  const own = (path: string): Followed | undefined => (path === fields.url ? undefined : at(path))
  return {
    content,
    leaves,
    url: at(fields.url, true),
    user: own(fields.user),
    password: own(fields.password),
  }
}

type Credentials = Pick<Opened, 'user' | 'password'>

function requireCredentialsWhereSaid(url: string, { user, password }: Credentials): void {
  const parts = addressParts(url)
  if ([parts.user?.value, parts.password?.value].some((value) => value?.includes('${') === true)) {
    throw refuseAddress('holds a placeholder for user or password, whose value comes from elsewhere')
  }
  if (user && password) requireNoCredentials(parts)
  else if (user ?? password) throw refuseAddress('has to hold both user and password, or none of them')
  else if (!parts.user || !parts.password) throw refuseAddress('does not hold user and password')
}

function pointedAt(
  url: Followed,
  to: DatasourceEdit,
  ...own: (Followed | undefined)[]
): readonly Replacement[] {
  const inside = own.every((each) => each === undefined) ? { user: to.user, password: to.password } : {}
  return replacementsFor(url.text, { host: to.host, port: to.port, schema: to.schema, ...inside })
}

function wholeAddress(
  url: Followed,
  to: DatasourceEdit,
  ...own: (Followed | undefined)[]
): readonly Replacement[] {
  const next = to.url ?? ''
  const parts = addressParts(next)
  if (own.includes(undefined))
    throw refuseAddress('holds user and password, so that no url can be given for it')
  requireNoCredentials(parts)
  if (url.text.includes('${'))
    throw refuseAddress('holds placeholders in its parameters, which would be lost')
  const named = parts.servers.some(
    ({ host, port }) => host.value === to.host && Number(port.value) === to.port,
  )
  if (!named || (to.schema !== undefined && parts.schema.value !== to.schema)) {
    const hint = `Name ${to.host}:${to.port} in the url of the playbook, or point the step at another database.`
    throw refuseAddress('would not be one of the wanted server and schema', { hint })
  }
  return whole(url, next)
}

function whole({ text }: Followed, next: string): readonly Replacement[] {
  return text === next ? [] : [{ start: 0, end: text.length, text: next }]
}

// Placeholders may stay in an address, which is read anew below; in any other value they are somebody's.
function requireReplaceable(content: string, leaf: Leaf, value: string, users: readonly Leaf[]): void {
  const placeholders = users.includes(leaf) && leaf.value.includes('${')
  const obstacle = leaf.obstacle ?? (placeholders ? undefined : obstacleOf(leaf.value))
  if (obstacle !== undefined) {
    throw refuseAt(
      content,
      leaf.start,
      `${leaf.path} ${obstacle}`,
      'Change this value by hand, or name another path.',
    )
  }
  if (!placeholders) requireWritable(leaf.path, value)
}

function requireSays({ title, address, user, password }: FoundDatasource, to: DatasourceEdit): void {
  const pointed =
    to.url === undefined
      ? address?.host === to.host &&
        address.port === to.port &&
        address.schema === (to.schema ?? address.schema)
      : title === titleOfAddress(addressParts(to.url))
  if (pointed && user === to.user && password.reveal() === to.password) return
  throw refuseAddress('cannot be pointed at that server or schema')
}
