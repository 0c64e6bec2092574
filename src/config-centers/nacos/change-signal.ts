import type { DocumentRef } from '../../core/ports/config-center.ts'
import type { ChangeSignal } from '../shared/change-signal.ts'
import { refusal } from './answers.ts'
import { tenantFields } from './nacos-api-v1.ts'
import type { NacosConnection } from './nacos-connection.ts'

const hangMs = 30_000
// The shortest time the server may hang on. An empty answer that comes sooner does not say "nothing changed".
const shortestHangMs = 8000
const pollEveryMs = 500
const wordSeparator = '\u0002'
const lineSeparator = '\u0001'
const routeIsGone: ReadonlySet<number> = new Set([404, 405, 410, 501])

/** The v1 long poll while the server has it, short intervals of reading where it is gone (3.2 and later). */
export function openChangeSignal(connection: NacosConnection, ref: DocumentRef): ChangeSignal {
  const { clock } = connection
  let longPoll = true
  return {
    async wait(etag, signal) {
      const began = clock.monotonicMs()
      const answer = longPoll ? await hang(connection, ref, etag, signal) : 'gone'
      if (answer === 'gone') longPoll = false
      const saidNothing = answer === 'unchanged' && clock.monotonicMs() - began < shortestHangMs
      if (answer === 'gone' || saidNothing) await clock.sleep(pollEveryMs, signal)
      return answer === 'changed'
    },
  }
}

async function hang(
  connection: NacosConnection,
  ref: DocumentRef,
  etag: string,
  signal: AbortSignal,
): Promise<'changed' | 'unchanged' | 'gone'> {
  const words = [ref.dataId, ref.group, etag, ...Object.values(tenantFields(connection.namespace))]
  const answer = await connection.read(
    {
      method: 'POST',
      path: '/v1/cs/configs/listener',
      headers: { 'Long-Pulling-Timeout': String(hangMs) },
      form: { 'Listening-Configs': words.join(wordSeparator) + lineSeparator },
      deadlineMs: hangMs + 10_000,
    },
    signal,
  )
  if (routeIsGone.has(answer.status)) return 'gone'
  if (answer.status !== 200) throw refusal(answer, `wait for a change of ${ref.dataId}`)
  return answer.body.trim() === '' ? 'unchanged' : 'changed'
}
