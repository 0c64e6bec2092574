import { isCutoverError } from '../../core/errors.ts'
import type { CenterServerHealth } from '../../core/ports/config-center.ts'
import type { CenterConnection } from '../shared/center-connection.ts'
import { fieldOf, parseJson } from '../shared/json-fields.ts'

/** Open to everybody on the portal and on every server of the config service. */
export const healthRoute = { method: 'GET', path: '/health' } as const

/** Whether one server is ready to serve. */
export async function healthOf(
  connection: CenterConnection,
  server: string,
  signal: AbortSignal,
): Promise<CenterServerHealth> {
  try {
    const { status, body } = await connection.readFrom(server, healthRoute, signal)
    const said = fieldOf(parseJson(body), 'status')
    // Older ones say it one level deeper.
    const healthy = status === 200 && (said === 'UP' || fieldOf(said, 'code') === 'UP')
    return { server, healthy, detail: healthy ? 'ready' : `not ready (HTTP ${status})` }
  } catch (error) {
    signal.throwIfAborted()
    if (!isCutoverError(error)) throw error
    return { server, healthy: false, detail: error.message }
  }
}
