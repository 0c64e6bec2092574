import type { DocumentRef } from '../../core/ports/config-center.ts'
import type { ChangeSignal } from '../shared/change-signal.ts'
import { linkSignals } from '../shared/link-signals.ts'
import { refusal } from './answers.ts'
import { clientReadOf } from './client-read.ts'
import { tenantFields } from './nacos-api-v1.ts'
import type { NacosConnection } from './nacos-connection.ts'

const hangMs = 30_000
// The shortest time the server may hang on. An empty answer that comes sooner does not say "nothing changed".
const shortestHangMs = 8000
const pollEveryMs = 500
const lookAgainAfterMs = 500
const wordSeparator = '\u0002'
const lineSeparator = '\u0001'
const routeIsGone: ReadonlySet<number> = new Set([404, 405, 410, 501])

/**
 * The v1 long poll while the server has it, reading every half second where it is gone (3.2 and later). There the
 * server tells of changes over gRPC only: its client route for HTTP answers at once, whatever the client holds, and can
 * not wait. A gRPC client would be a dependency for the sake of about a quarter of a second a change; nothing that must
 * be quick waits for a document.
 */
export function openChangeSignal(connection: NacosConnection, ref: DocumentRef): ChangeSignal {
  const { clock } = connection
  let longPoll = true
  return {
    async wait(etag, signal) {
      const began = clock.monotonicMs()
      const answer = longPoll ? await hangAndLook(connection, ref, etag, signal) : 'gone'
      if (answer === 'gone') longPoll = false
      const saidNothing = answer === 'unchanged' && clock.monotonicMs() - began < shortestHangMs
      if (answer === 'gone' || saidNothing) await clock.sleep(pollEveryMs, signal)
      return answer === 'changed'
    },
  }
}

type Hung = 'changed' | 'unchanged' | 'gone'

/**
 * A server that stores a change between its look at the poll's version and its taking note of the poll lets the poll
 * hang to its end (seen on 2.3). So somebody looks once more when that moment has passed.
 */
async function hangAndLook(
  connection: NacosConnection,
  ref: DocumentRef,
  etag: string,
  signal: AbortSignal,
): Promise<Hung> {
  const over = new AbortController()
  const both = linkSignals(signal, over.signal)
  try {
    return await Promise.race([
      hang(connection, ref, etag, both.signal),
      changedMeanwhile(connection, ref, etag, both.signal),
    ])
  } finally {
    over.abort()
    both.unlink()
  }
}

/** Resolves only when there is another version. */
async function changedMeanwhile(
  connection: NacosConnection,
  ref: DocumentRef,
  etag: string,
  signal: AbortSignal,
): Promise<'changed'> {
  const read = clientReadOf('v1', connection.namespace, ref)
  try {
    await connection.clock.sleep(lookAgainAfterMs, signal)
    const seen = read.parse(await connection.read(read.request, signal))
    if ((seen?.etag ?? '') !== etag) return 'changed'
  } catch {
    // The poll under way tells what is wrong, or its end is why this one ended.
  }
  return new Promise<never>(() => undefined)
}

async function hang(
  connection: NacosConnection,
  ref: DocumentRef,
  etag: string,
  signal: AbortSignal,
): Promise<Hung> {
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
