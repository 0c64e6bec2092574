import { CutoverError } from '../../core/errors.ts'
import type { RegisteredInstance } from '../../core/ports/config-center.ts'
import { fieldOf } from '../shared/json-fields.ts'
import type { HttpAnswer } from '../shared/http-message.ts'

/**
 * Those of a list of registered instances that are healthy and enabled.
 * @throws CutoverError `system.refused` when one of them cannot be read: it may be the one that writes.
 */
export function registeredInstances(
  list: readonly unknown[],
  { server }: HttpAnswer,
): readonly RegisteredInstance[] {
  return list.flatMap((item) => {
    const [ip, port] = [fieldOf(item, 'ip'), fieldOf(item, 'port')]
    const [healthy, enabled] = [fieldOf(item, 'healthy'), fieldOf(item, 'enabled')]
    const whole = typeof healthy === 'boolean' && typeof enabled === 'boolean'
    if (!whole || typeof ip !== 'string' || typeof port !== 'number') throw unreadable(server)
    return healthy && enabled ? [{ ip, port }] : []
  })
}

function unreadable(server: string): CutoverError {
  return new CutoverError('system.refused', `${server} lists an instance without address or health`, {
    where: server,
    hint: 'List the instances in the playbook, or find them by a command.',
  })
}
