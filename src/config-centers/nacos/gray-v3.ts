import { fieldOf, parseJson, textOf } from '../shared/json-fields.ts'
import { codeOf, dataOf, refusal } from './answers.ts'
import { addressesIn, grayHeaders } from './gray-api.ts'
import type { GrayApi } from './gray-api.ts'
import type { NameFields } from './nacos-api.ts'
import type { NacosConnection } from './nacos-connection.ts'
import { storedRowOf } from './stored-row.ts'
import { writeOutcomeV3 } from './write-answers.ts'

const config = '/v3/admin/cs/config'
const path = `${config}/beta`
const notInBeta = 20_004

/** Gray versions on Nacos 3.x. */
export function grayApiV3(connection: NacosConnection, name: NameFields): GrayApi {
  return {
    async read(ref, signal) {
      const answer = await connection.read({ method: 'GET', path, query: name(ref) }, signal)
      if (codeOf(answer) === notInBeta) return null
      const doing = `show the gray version of ${ref.dataId}`
      const row = dataOf(answer, doing)
      const addresses = addressesIn(fieldOf(parseJson(textOf(row, 'grayRule')), 'expr'))
      const whole = textOf(row, 'md5') !== '' && typeof fieldOf(row, 'content') === 'string'
      if (!whole || !addresses) throw refusal(answer, doing)
      return { ...storedRowOf(row), meta: {}, addresses }
    },
    async publish(ref, publication, signal) {
      const { content, type } = publication
      const form = { ...name(ref), type, content }
      const headers = grayHeaders(publication)
      return writeOutcomeV3(await connection.write({ method: 'POST', path: config, form, headers }, signal))
    },
    async stop(ref, signal) {
      return writeOutcomeV3(await connection.write({ method: 'DELETE', path, query: name(ref) }, signal))
    },
  }
}
