import { CutoverError } from '../../core/errors.ts'
import { fieldOf, parseJson, textOf } from '../shared/json-fields.ts'
import type { NacosConnection } from './nacos-connection.ts'

export interface NacosVersion {
  /** `2.5.0` */
  readonly text: string
  /** `v1` up to 2.x, `v3` from 3.0 on. */
  readonly api: 'v1' | 'v3'
}

/** Open to everybody; exactly one of them exists on each line of servers. */
export const stateRoutes = { v3: '/v3/admin/core/state', v1: '/v1/console/server/state' } as const

/** Asks the two state routes. */
export async function detectVersion(connection: NacosConnection, signal: AbortSignal): Promise<NacosVersion> {
  const modern = await connection.read({ method: 'GET', path: stateRoutes.v3 }, signal)
  const modernVersion = modern.status === 200 ? versionIn(modern.body) : ''
  if (modernVersion !== '') return { text: modernVersion, api: 'v3' }
  const older = await connection.read({ method: 'GET', path: stateRoutes.v1 }, signal)
  const olderVersion = older.status === 200 ? versionIn(older.body) : ''
  if (olderVersion !== '') return { text: olderVersion, api: 'v1' }
  throw new CutoverError(
    'system.unsupported',
    `${connection.name}: ${older.server} does not answer like Nacos 2.x or 3.x (HTTP ${modern.status} and ${older.status})`,
    {
      where: older.server,
      hint: 'Check the address and the context path (usually /nacos) of the config center.',
    },
  )
}

function versionIn(body: string): string {
  const state = parseJson(body)
  const text = textOf(state, 'version') || textOf(fieldOf(state, 'data'), 'version')
  return /^v?\d[\w.+-]{0,40}$/.test(text) ? text : ''
}
