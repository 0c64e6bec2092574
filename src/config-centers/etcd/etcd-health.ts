import { isCutoverError } from '../../core/errors.ts'
import type { CenterServerHealth } from '../../core/ports/config-center.ts'
import { fieldOf, parseJson } from '../shared/json-fields.ts'
import type { EtcdConnection } from './etcd-connection.ts'

/**
 * Whether one member is ready to serve its clients: it knows a leader, a majority answers it, and it has raised no
 * alarm. Open to everybody.
 */
export async function etcdHealth(
  connection: EtcdConnection,
  server: string,
  signal: AbortSignal,
): Promise<CenterServerHealth> {
  try {
    const { status, body } = await connection.readFrom(server, { method: 'GET', path: '/health' }, signal)
    if (status === 404) return { server, healthy: false, detail: 'does not say whether it is ready' }
    const healthy = status === 200 && String(fieldOf(parseJson(body), 'health')) === 'true'
    return { server, healthy, detail: healthy ? 'ready' : `not ready (HTTP ${status})` }
  } catch (error) {
    signal.throwIfAborted()
    if (!isCutoverError(error)) throw error
    return { server, healthy: false, detail: error.message }
  }
}
