import type {
  DocumentRef,
  DocumentVersion,
  RegisteredInstance,
  RegisteredName,
  StoredDocument,
  Subscriber,
} from '../../core/ports/config-center.ts'
import { refusal } from './answers.ts'
import { documentType } from '../shared/document-type.ts'
import { fieldOf, parseJson, textOf } from '../shared/json-fields.ts'
import type { GrayApi } from './gray-api.ts'
import { grayApiV1 } from './gray-v1.ts'
import { listNamespaces } from './list-namespaces.ts'
import { given } from './nacos-api.ts'
import type { NacosApi, Publication, StoredRow } from './nacos-api.ts'
import type { WriteOutcome } from '../shared/write-outcomes.ts'
import type { NacosConnection } from './nacos-connection.ts'
import type { HttpAnswer } from '../shared/http-message.ts'
import { registeredInstances } from './registered-instances.ts'
import { storedRowOf } from './stored-row.ts'
import { subscribersIn } from './subscribers-in.ts'
import { versionsAsked, versionsOf } from './version-rows.ts'
import { writeOutcomeV1 } from './write-answers.ts'

const configs = '/v1/cs/configs'

/** Nacos 2.x. Its success is the body `true`, and the public namespace is named by leaving the field out. */
export class NacosApiV1 implements NacosApi {
  readonly gray: GrayApi
  readonly #connection: NacosConnection
  readonly #tenant: Readonly<Record<string, string>>

  constructor(connection: NacosConnection) {
    this.#connection = connection
    this.gray = grayApiV1(connection, (ref) => this.#name(ref))
    this.#tenant = tenantFields(connection.namespace)
  }

  async read(ref: DocumentRef, signal: AbortSignal): Promise<StoredRow | null> {
    const query = { show: 'all', ...this.#name(ref) }
    for (let look = 1; ; look += 1) {
      const answer = await this.#connection.read({ method: 'GET', path: configs, query }, signal)
      const empty = answer.status === 200 && answer.body.trim() === ''
      if (!empty) return wholeRowOf(answer, ref)
      if (await this.#isAbsent(ref, signal)) return null
      // Somebody created it between the two questions; a server that goes on contradicting itself is not believed.
      if (look === 3) throw refusal(answer, `show ${ref.dataId}`)
    }
  }

  async publish(ref: DocumentRef, publication: Publication, signal: AbortSignal): Promise<WriteOutcome> {
    const { content, meta, extras, expectedMd5 } = publication
    const form = {
      ...this.#name(ref),
      ...extras,
      ...given({ desc: meta.description, appName: meta.appName, config_tags: meta.tags }),
      type: meta.type ?? documentType(ref),
      content,
    }
    const headers = given({ casMd5: expectedMd5 })
    const outcome = await this.#connection.write({ method: 'POST', path: configs, form, headers }, signal)
    return writeOutcomeV1(outcome, expectedMd5 !== '')
  }

  async remove(ref: DocumentRef, signal: AbortSignal): Promise<WriteOutcome> {
    const query = this.#name(ref)
    const outcome = await this.#connection.write({ method: 'DELETE', path: configs, query }, signal)
    return writeOutcomeV1(outcome, false)
  }

  async history(ref: DocumentRef, signal: AbortSignal): Promise<readonly DocumentVersion[]> {
    const query = { search: 'accurate', ...this.#name(ref), pageNo: '1', pageSize: versionsAsked }
    const answer = await this.#connection.read({ method: 'GET', path: '/v1/cs/history', query }, signal)
    const page = parseJson(answer.body)
    return versionsOf(fieldOf(page, 'pageItems'), 'lastModifiedTime', answer, ref.dataId)
  }

  async version(ref: DocumentRef, id: string, signal: AbortSignal): Promise<StoredDocument | null> {
    // A version that is not there is a server error on this API, so the list decides.
    const known = await this.history(ref, signal)
    if (!known.some((version) => version.id === id)) return null
    const query = { nid: id, ...this.#name(ref) }
    const answer = await this.#connection.read({ method: 'GET', path: '/v1/cs/history', query }, signal)
    const row = parseJson(answer.body)
    if (answer.status !== 200 || typeof fieldOf(row, 'content') !== 'string') {
      throw refusal(answer, `show version ${id} of ${ref.dataId}`)
    }
    return { content: textOf(row, 'content'), etag: textOf(row, 'md5'), meta: {} }
  }

  async subscribers(ref: DocumentRef, signal: AbortSignal): Promise<readonly Subscriber[]> {
    const request = { method: 'GET', path: `${configs}/listener`, query: this.#name(ref) } as const
    const answer = await this.#connection.read(request, signal)
    // The server spells it so.
    const status = fieldOf(parseJson(answer.body), 'lisentersGroupkeyStatus')
    return subscribersIn(status, answer, ref.dataId)
  }

  async registered(name: RegisteredName, signal: AbortSignal): Promise<readonly RegisteredInstance[]> {
    const { serviceName, group, cluster } = name
    const { namespace } = this.#connection
    const query = {
      serviceName,
      groupName: group,
      // Naming has its own word for the public namespace, on 2.x, too.
      namespaceId: namespace === '' ? 'public' : namespace,
      ...given({ clusters: cluster }),
    }
    const answer = await this.#connection.read({ method: 'GET', path: '/v1/ns/instance/list', query }, signal)
    const hosts = fieldOf(parseJson(answer.body), 'hosts')
    if (answer.status !== 200 || !Array.isArray(hosts))
      throw refusal(answer, `list the instances of ${serviceName}`)
    return registeredInstances(hosts, answer)
  }

  namespaces(signal: AbortSignal): Promise<readonly string[] | undefined> {
    return listNamespaces(this.#connection, '/v1/console/namespaces', signal)
  }

  // An empty body is also what a server says that did nothing, so a list with the count 0 must confirm it.
  async #isAbsent(ref: DocumentRef, signal: AbortSignal): Promise<boolean> {
    const query = { search: 'accurate', ...this.#name(ref), pageNo: '1', pageSize: '1' }
    const answer = await this.#connection.read({ method: 'GET', path: configs, query }, signal)
    const count = fieldOf(parseJson(answer.body), 'totalCount')
    if (answer.status === 200 && typeof count === 'number') return count === 0
    throw refusal(answer, `say whether ${ref.dataId} exists`)
  }

  #name(ref: DocumentRef): Record<string, string> {
    return { dataId: ref.dataId, group: ref.group, ...this.#tenant }
  }
}

/** On 2.x `tenant=public` is a namespace of its own, so the public one is named by saying nothing. */
export function tenantFields(namespace: string): Record<string, string> {
  return namespace === '' || namespace === 'public' ? {} : { tenant: namespace }
}

function wholeRowOf(answer: HttpAnswer, ref: DocumentRef): StoredRow {
  const row = parseJson(answer.body)
  const whole = textOf(row, 'md5') !== '' && typeof fieldOf(row, 'content') === 'string'
  if (answer.status !== 200 || !whole) throw refusal(answer, `show ${ref.dataId}`)
  return storedRowOf(row, extrasOf(row))
}

/** What a publish would blank when it does not send it again. */
function extrasOf(row: unknown): StoredRow['extras'] {
  return given({
    use: textOf(row, 'use'),
    effect: textOf(row, 'effect'),
    schema: textOf(row, 'schema'),
  })
}
