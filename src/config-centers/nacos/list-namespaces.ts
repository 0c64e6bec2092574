import { isCutoverError } from '../../core/errors.ts'
import { fieldOf, listOf, parseJson, textOf } from '../shared/json-fields.ts'
import type { NacosConnection } from './nacos-connection.ts'

/** Ids of all namespaces; undefined when the route is switched off or not for this user. */
export async function listNamespaces(
  connection: NacosConnection,
  path: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  try {
    const { status, body } = await connection.read({ method: 'GET', path }, signal)
    const answer = parseJson(body)
    if (status !== 200 || !Array.isArray(fieldOf(answer, 'data'))) return undefined
    return listOf(answer, 'data').map((item) => textOf(item, 'namespace'))
  } catch (error) {
    if (isCutoverError(error) && error.code === 'system.forbidden') return undefined
    throw error
  }
}
