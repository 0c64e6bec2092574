import { createHash } from 'node:crypto'
import { fieldOf, parseJson } from '../shared/json-fields.ts'
import { refusal } from './answers.ts'
import { addressesIn, grayHeaders } from './gray-api.ts'
import type { GrayApi } from './gray-api.ts'
import type { NameFields } from './nacos-api.ts'
import type { NacosConnection } from './nacos-connection.ts'
import { storedRowOf } from './stored-row.ts'
import { envelopeOutcomeV1, writeOutcomeV1 } from './write-answers.ts'

const path = '/v1/cs/configs'

/** Gray versions on Nacos 2.x. */
export function grayApiV1(connection: NacosConnection, name: NameFields): GrayApi {
  return {
    async read(ref, signal) {
      const query = { ...name(ref), beta: 'true' }
      const answer = await connection.read({ method: 'GET', path, query }, signal)
      const envelope = parseJson(answer.body)
      const row = fieldOf(envelope, 'data')
      if (answer.status === 200 && fieldOf(envelope, 'code') === 200 && row === null) return null
      const addresses = addressesIn(fieldOf(row, 'betaIps'))
      const etag = md5Of(row)
      if (answer.status !== 200 || etag === undefined || !addresses) {
        throw refusal(answer, `show the gray version of ${ref.dataId}`)
      }
      return { ...storedRowOf(row), etag, meta: {}, addresses }
    },
    async publish(ref, publication, signal) {
      const { content, type } = publication
      const form = { ...name(ref), type, content }
      const headers = grayHeaders(publication)
      return writeOutcomeV1(await connection.write({ method: 'POST', path, form, headers }, signal), true)
    },
    async stop(ref, signal) {
      const query = { ...name(ref), beta: 'true' }
      return envelopeOutcomeV1(await connection.write({ method: 'DELETE', path, query }, signal))
    },
  }
}

/** 2.3 keeps the md5 of a gray version to itself: it is that of the content, as its clients make it. */
function md5Of(row: unknown): string | undefined {
  const [content, told] = [fieldOf(row, 'content'), fieldOf(row, 'md5')]
  if (typeof content !== 'string') return undefined
  if (told === null) return createHash('md5').update(content).digest('hex')
  return typeof told === 'string' && told !== '' ? told : undefined
}
