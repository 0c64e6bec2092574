import type {
  DocumentRef,
  DocumentVersion,
  RegisteredInstance,
  RegisteredName,
  StoredDocument,
  Subscriber,
} from '../../core/ports/config-center.ts'
import { codeOf, dataOf, refusal } from './answers.ts'
import { documentType } from '../shared/document-type.ts'
import { fieldOf, textOf } from '../shared/json-fields.ts'
import type { GrayApi } from './gray-api.ts'
import { grayApiV3 } from './gray-v3.ts'
import { listNamespaces } from './list-namespaces.ts'
import { given } from './nacos-api.ts'
import type { NacosApi, Publication, StoredRow } from './nacos-api.ts'
import type { WriteOutcome } from '../shared/write-outcomes.ts'
import type { NacosConnection } from './nacos-connection.ts'
import { registeredInstances } from './registered-instances.ts'
import { storedRowOf } from './stored-row.ts'
import { subscribersIn } from './subscribers-in.ts'
import { isGray, versionsAsked, versionsOf } from './version-rows.ts'
import { writeOutcomeV3 } from './write-answers.ts'

const config = '/v3/admin/cs/config'
const missingDocument = 20_004
const missingVersion = 20_002
const missingService = 21_008

/** Nacos 3.x, administrators' API. Its success is code 0 in the body. */
export class NacosApiV3 implements NacosApi {
  readonly gray: GrayApi
  readonly #connection: NacosConnection
  readonly #namespaceId: string

  constructor(connection: NacosConnection) {
    this.#connection = connection
    this.gray = grayApiV3(connection, (ref) => this.#name(ref))
    this.#namespaceId = connection.namespace === '' ? 'public' : connection.namespace
  }

  async read(ref: DocumentRef, signal: AbortSignal): Promise<StoredRow | null> {
    const request = { method: 'GET', path: config, query: this.#name(ref) } as const
    const answer = await this.#connection.read(request, signal)
    if (codeOf(answer) === missingDocument) return null
    const row = dataOf(answer, `show ${ref.dataId}`)
    if (textOf(row, 'md5') === '' || typeof fieldOf(row, 'content') !== 'string') {
      throw refusal(answer, `show ${ref.dataId}`)
    }
    return storedRowOf(row)
  }

  async publish(ref: DocumentRef, publication: Publication, signal: AbortSignal): Promise<WriteOutcome> {
    const { content, meta, extras, expectedMd5 } = publication
    const form = {
      ...this.#name(ref),
      ...extras,
      ...given({ desc: meta.description, appName: meta.appName, configTags: meta.tags }),
      type: meta.type ?? documentType(ref),
      content,
    }
    const headers = given({ casMd5: expectedMd5 })
    const outcome = await this.#connection.write({ method: 'POST', path: config, form, headers }, signal)
    return writeOutcomeV3(outcome)
  }

  async remove(ref: DocumentRef, signal: AbortSignal): Promise<WriteOutcome> {
    const query = this.#name(ref)
    return writeOutcomeV3(await this.#connection.write({ method: 'DELETE', path: config, query }, signal))
  }

  async history(ref: DocumentRef, signal: AbortSignal): Promise<readonly DocumentVersion[]> {
    const path = '/v3/admin/cs/history/list'
    const query = { ...this.#name(ref), pageNo: '1', pageSize: versionsAsked }
    const answer = await this.#connection.read({ method: 'GET', path, query }, signal)
    const page = dataOf(answer, `list the history of ${ref.dataId}`)
    return versionsOf(fieldOf(page, 'pageItems'), 'modifyTime', answer, ref.dataId)
  }

  async version(ref: DocumentRef, id: string, signal: AbortSignal): Promise<StoredDocument | null> {
    const request = {
      method: 'GET',
      path: '/v3/admin/cs/history',
      query: { nid: id, ...this.#name(ref) },
    } as const
    const answer = await this.#connection.read(request, signal)
    const code = codeOf(answer)
    if (code === missingVersion || code === missingDocument) return null
    const row = dataOf(answer, `show version ${id} of ${ref.dataId}`)
    if (isGray(row)) return null
    if (typeof fieldOf(row, 'content') !== 'string') {
      throw refusal(answer, `show version ${id} of ${ref.dataId}`)
    }
    return { content: textOf(row, 'content'), etag: textOf(row, 'md5'), meta: {} }
  }

  async subscribers(ref: DocumentRef, signal: AbortSignal): Promise<readonly Subscriber[]> {
    const request = { method: 'GET', path: `${config}/listener`, query: this.#name(ref) } as const
    const answer = await this.#connection.read(request, signal)
    const data = dataOf(answer, `list the subscribers of ${ref.dataId}`)
    return subscribersIn(fieldOf(data, 'listenersStatus'), answer, ref.dataId)
  }

  async registered(name: RegisteredName, signal: AbortSignal): Promise<readonly RegisteredInstance[]> {
    const { serviceName, group, cluster } = name
    const path = '/v3/client/ns/instance/list'
    const namespaceId = this.#namespaceId
    const query = { serviceName, groupName: group, namespaceId, ...given({ clusterName: cluster }) }
    const answer = await this.#connection.read({ method: 'GET', path, query }, signal)
    // Nobody has ever been registered under this name.
    if (codeOf(answer) === missingService) return []
    const doing = `list the instances of ${serviceName}`
    const list = dataOf(answer, doing)
    if (!Array.isArray(list)) throw refusal(answer, doing)
    return registeredInstances(list, answer)
  }

  namespaces(signal: AbortSignal): Promise<readonly string[] | undefined> {
    return listNamespaces(this.#connection, '/v3/admin/core/namespace/list', signal)
  }

  #name(ref: DocumentRef): Record<string, string> {
    return { dataId: ref.dataId, groupName: ref.group, namespaceId: this.#namespaceId }
  }
}
