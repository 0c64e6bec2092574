import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export interface KeptAnswer {
  readonly status: number
  readonly body: string
}

/** A status is a few hundred bytes. */
const longestBody = 262_144

// One connection per instance is kept: opening one costs more than the question, and one stands in the users' pause.
// Sockets that wait in an agent do not keep the process alive.
const options = { keepAlive: true, maxFreeSockets: 1, scheduling: 'lifo' } as const
const http = new HttpAgent(options)
const https = new HttpsAgent(options)

/**
 * One GET over a connection that is kept for the next one. Redirects are not followed.
 * @throws the socket's error, or the signal's reason. A kept connection that the other side has just closed is not an
 *   error: the question is asked once more on a new one.
 */
export async function getKept(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<KeptAnswer> {
  try {
    return await get(url, headers, signal)
  } catch (error) {
    if (signal.aborted || !(error instanceof StaleConnection)) throw error
    return get(url, { ...headers, connection: 'close' }, signal)
  }
}

class StaleConnection extends Error {}

function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<KeptAnswer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const secure = url.startsWith('https:')
    const sending = (secure ? httpsRequest : httpRequest)(url, { agent: secure ? https : http, headers })
    const stop = (): void => {
      sending.destroy()
      settle(() => reject(signal.reason))
    }
    const settle = (end: () => void): void => {
      signal.removeEventListener('abort', stop)
      end()
    }
    signal.addEventListener('abort', stop, { once: true })
    sending.on('error', (error) =>
      settle(() => reject(sending.reusedSocket ? new StaleConnection(error.message) : error)),
    )
    sending.on('response', (answer) => {
      readBody(answer).then(
        (body) => settle(() => resolve({ status: answer.statusCode ?? 0, body })),
        (error: unknown) => settle(() => reject(error)),
      )
    })
    sending.end()
  })
}

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longestBody) {
      answer.destroy()
      throw Object.assign(new Error('the answer is too long'), { code: 'the answer is too long' })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
