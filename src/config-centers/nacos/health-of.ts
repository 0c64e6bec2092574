import { isCutoverError } from '../../core/errors.ts'
import type { CenterServerHealth } from '../../core/ports/config-center.ts'
import { codeOf } from './answers.ts'
import type { HttpAnswer } from '../shared/http-message.ts'
import type { NacosConnection } from './nacos-connection.ts'

/** Open to everybody on every line; a server has one of them. */
const routes = ['/v3/admin/core/state/readiness', '/v1/console/health/readiness'] as const

/** Whether one server is ready to serve its clients. */
export async function healthOf(
  connection: NacosConnection,
  server: string,
  signal: AbortSignal,
): Promise<CenterServerHealth> {
  try {
    for (const path of routes) {
      const answer = await connection.readFrom(server, { method: 'GET', path }, signal)
      if (answer.status === 404 || answer.status === 410) continue
      const healthy = isReady(answer)
      return { server, healthy, detail: healthy ? 'ready' : `not ready (HTTP ${answer.status})` }
    }
    return { server, healthy: false, detail: 'does not say whether it is ready' }
  } catch (error) {
    signal.throwIfAborted()
    if (!isCutoverError(error)) throw error
    return { server, healthy: false, detail: error.message }
  }
}

/** 3.x answers 200 with another code while it is not ready; 2.x answers the bare word. */
function isReady(answer: HttpAnswer): boolean {
  if (answer.status !== 200) return false
  const code = codeOf(answer)
  return code === undefined ? answer.body.trim().toUpperCase() === 'OK' : code === 0
}
