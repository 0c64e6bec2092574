import { get } from 'node:http'
import type { Backend } from './backend.ts'

const timeoutMs = 1000

/** Does the instance answer 200 on a fresh connection within a second? Never rejects. */
export function checkHealth(backend: Backend, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = get(new URL(path, backend.url), { agent: false, timeout: timeoutMs }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    probe.once('timeout', () => probe.destroy(new Error('timeout')))
    probe.once('error', () => resolve(false))
  })
}
