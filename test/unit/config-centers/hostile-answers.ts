import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

/** Writes an answer, or something else, to one request. */
export type Misbehaviour = (socket: Socket) => void

export interface RawServer extends AsyncDisposable {
  readonly url: string
  /** Methods and paths that arrived. */
  readonly seen: string[]
  /** Bytes that clients took, or that lie in buffers on their way. */
  sentBytes: number
  connections: number
}

/** A server that writes any bytes the test wants. The context path is cut off what `answer` and `seen` get. */
export async function startRawServer(
  answer: (route: string, socket: Socket, request: string) => void,
): Promise<RawServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    state.connections += 1
    sockets.add(socket)
    let text = ''
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      state.sentBytes += socket.bytesWritten
    })
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0)
      if (head === -1 || text.length < head + 4 + length) return
      const [, method = '', path = ''] = /^(\S+) (?:\/nacos)?([^?\s]*)/.exec(text) ?? []
      state.seen.push(`${method} ${path}`)
      answer(`${method} ${path}`, socket, text)
      text = ''
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const state: RawServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    sentBytes: 0,
    connections: 0,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return state
}

/** A whole and honest HTTP answer. */
export function plain(status: number, body: string | Buffer, headers = ''): Buffer {
  const bytes = Buffer.from(body)
  const head = `HTTP/1.1 ${status} Told\r\ncontent-length: ${bytes.length}\r\n${headers}\r\n`
  return Buffer.concat([Buffer.from(head), bytes])
}

const secretBody = '{"code":0,"message":"TopSecret-6","data":{"content":"TopSecret-7","md5":"m"}}'
const invalidUtf8 = Buffer.concat([
  Buffer.from('{"code":0,"data":{"md5":"m","content":"'),
  Buffer.from([0xff, 0xc3, 0x28]),
  Buffer.from('"},"md5":"m","content":"x"}'),
])

function endlessly(head: string, chunk: string): Misbehaviour {
  return (socket) => {
    socket.write(head)
    const more = (): void => {
      while (!socket.destroyed && socket.write(chunk)) socket.uncork()
    }
    socket.on('drain', more)
    more()
  }
}

function dripping(head: string, drop: string): Misbehaviour {
  return (socket) => {
    socket.write(head)
    const timer = setInterval(() => socket.write(drop), 20)
    socket.on('close', () => clearInterval(timer))
  }
}

const says =
  (bytes: string | Buffer): Misbehaviour =>
  (socket) =>
    socket.end(bytes)

const page = '<html><body>TopSecret-8 <a href="/login">log in</a></body></html>'
const big = 64 * 1024

/** Whole HTTP answers with a text that no Nacos gives. */
export const wrongTexts: readonly (readonly [string, Misbehaviour])[] = [
  ['a page for people', says(plain(200, page, 'content-type: text/html\r\n'))],
  ['a page about an error', says(plain(500, page))],
  ['a page of a gateway', says(plain(502, page))],
  ['text in place of a number', says(plain(200, '{"code":"0","data":{"content":"TopSecret-9","md5":"m"}}'))],
  ['a list in place of an object', says(plain(200, '{"code":0,"data":[["TopSecret-9"]]}'))],
  [
    'numbers and objects in place of texts',
    says(
      plain(200, '{"code":0,"data":{"content":7,"md5":{},"pageItems":{},"listenersStatus":"x"},"hosts":1}'),
    ),
  ],
  [
    'rows of nothing',
    says(plain(200, '{"code":0,"data":{"pageItems":[null,7]},"pageItems":[null],"hosts":[1]}')),
  ],
  ['JSON of nothing', says(plain(200, 'null'))],
  ['JSON without an end', says(plain(200, secretBody.slice(0, 40)))],
]

/** What is no whole answer of HTTP as it was asked for, or comes too slowly. */
export const wrongBytes: readonly (readonly [string, Misbehaviour])[] = [
  ['deep brackets', says(plain(200, '['.repeat(100_000)))],
  ['half an answer', says(plain(200, secretBody).subarray(0, -20))],
  ['half an answer in chunks', says('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40\r\n{"code":0,')],
  ['a length that is too short', says(`HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n${secretBody}`)],
  ['a length below zero', says(`HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n${secretBody}`)],
  ['two lengths', says(`HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\n${secretBody}`)],
  ['gzip nobody asked for', says(plain(200, gzipSync(secretBody), 'content-encoding: gzip\r\n'))],
  ['a name of gzip only', says(plain(200, secretBody, 'content-encoding: gzip\r\n'))],
  ['bytes that are no UTF-8', says(plain(200, invalidUtf8))],
  ['a header of a megabyte', says(plain(200, secretBody, `x: ${'y'.repeat(1024 * 1024)}\r\n`))],
  ['ten thousand headers', says(plain(200, secretBody, 'x: TopSecret-5\r\n'.repeat(10_000)))],
  ['another protocol', says('SSH-2.0-OpenSSH_9.2p1 TopSecret-5\r\n')],
  [
    'an upgrade nobody asked for',
    says('HTTP/1.1 101 Up\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nTopSecret'),
  ],
  ['silence and an end', (socket) => socket.destroy()],
  ['silence', () => undefined],
  ['a body that drips', dripping('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n', 'x')],
  ['a head that drips', dripping('HTTP/1.1 200 OK\r\n', 'x: y\r\n')],
  ['only preliminary answers', dripping('', 'HTTP/1.1 102 Processing\r\n\r\n')],
]

/** Answers that would fill the memory. */
export const floods: readonly (readonly [string, Misbehaviour])[] = [
  ['a huge answer', endlessly('HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n', 'x'.repeat(big))],
  [
    'an endless answer',
    endlessly(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
      `${big.toString(16)}\r\n${'x'.repeat(big)}\r\n`,
    ),
  ],
  ['an endless head', endlessly('HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(1000)}\r\n`)],
]
