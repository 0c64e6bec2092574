import type { DocumentRef, StoredDocument } from '../../core/ports/config-center.ts'
import { codeOf, dataOf, refusal } from './answers.ts'
import { textOf } from '../shared/json-fields.ts'
import type { NacosVersion } from './detect-version.ts'
import { tenantFields } from './nacos-api-v1.ts'
import type { HttpAnswer, HttpRequest } from '../shared/http-message.ts'

/** A read as ordinary services do it: from the node's cache, which follows a publish within about a second. */
export interface ClientRead {
  readonly request: HttpRequest
  /** null: the server says that there is no such document. @throws CutoverError for any other answer. */
  parse(answer: HttpAnswer): StoredDocument | null
}

export function clientReadOf(api: NacosVersion['api'], namespace: string, ref: DocumentRef): ClientRead {
  return api === 'v1' ? readV1(namespace, ref) : readV3(namespace, ref)
}

function readV1(namespace: string, ref: DocumentRef): ClientRead {
  const query = { dataId: ref.dataId, group: ref.group, ...tenantFields(namespace) }
  return {
    request: { method: 'GET', path: '/v1/cs/configs', query },
    parse(answer) {
      if (answer.status === 404 && answer.body.trim() === 'config data not exist') return null
      const etag = answer.headers.get('content-md5') ?? ''
      // A server that did nothing answers 200 too; only this header says that the body is a document.
      if (answer.status !== 200 || etag === '') throw refusal(answer, `read ${ref.dataId}`)
      const type = answer.headers.get('config-type') ?? undefined
      return { content: answer.body, etag, meta: { type } }
    },
  }
}

function readV3(namespace: string, ref: DocumentRef): ClientRead {
  const namespaceId = namespace === '' ? 'public' : namespace
  const query = { dataId: ref.dataId, groupName: ref.group, namespaceId }
  return {
    request: { method: 'GET', path: '/v3/client/cs/config', query },
    parse(answer) {
      if (codeOf(answer) === 20_004) return null
      const data = dataOf(answer, `read ${ref.dataId}`)
      const etag = textOf(data, 'md5')
      if (etag === '') throw refusal(answer, `read ${ref.dataId}`)
      return {
        content: textOf(data, 'content'),
        etag,
        meta: { type: textOf(data, 'contentType') || undefined },
      }
    },
  }
}
