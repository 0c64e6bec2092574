import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../../../src/lab/proxy/start-tcp-proxy.ts'

let heard: string[] = []
const open = new Set<Socket>()
const echo = createServer((socket) => {
  open.add(socket)
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => {
    heard.push(bytes.toString())
    socket.write(`echo ${bytes.toString()}`)
  })
})
let proxy: TcpProxy

beforeEach(async () => {
  heard = []
  await new Promise<void>((resolve) => {
    echo.listen(0, '127.0.0.1', resolve)
  })
  proxy = await startTcpProxy({ to: { host: '127.0.0.1', port: (echo.address() as AddressInfo).port } })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  for (const socket of open) socket.destroy()
  await new Promise((resolve) => {
    echo.close(resolve)
  })
})

async function client(): Promise<{ socket: Socket; said: () => string; closed: Promise<void> }> {
  const socket = connect({ host: proxy.host, port: proxy.port })
  let said = ''
  socket.on('data', (bytes) => {
    said += bytes.toString()
  })
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  await once(socket, 'connect') // rejects when it is refused
  socket.on('error', () => socket.destroy())
  return { socket, said: () => said, closed }
}

test('passes both ways', async () => {
  const { socket, said } = await client()
  socket.write('hello')
  await expect.poll(said).toBe('echo hello')
  expect(proxy.open).toBe(1)
})

test('a cut ends every open connection, and new ones are taken', async () => {
  const first = await client()
  const second = await client()
  await expect.poll(() => proxy.open).toBe(2)
  proxy.cut()
  await Promise.all([first.closed, second.closed])
  const { socket, said } = await client()
  socket.write('again')
  await expect.poll(said).toBe('echo again')
})

test('refuses new connections on the same port until it forwards again, and leaves the open ones', async () => {
  const { socket, said } = await client()
  socket.write('a')
  await expect.poll(said).toBe('echo a')
  await proxy.setMode('refuse')
  await expect(client()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  socket.write('b')
  await expect.poll(said).toBe('echo aecho b')
  await proxy.setMode('forward')
  await client()
})

test('swallows what is sent, and cuts what lost something when it forwards again', async () => {
  const { socket, said, closed } = await client()
  await expect.poll(() => proxy.open).toBe(1)
  await proxy.setMode('swallow')
  const other = await client()
  socket.write('into the dark')
  other.socket.write('and this')
  await expect.poll(() => proxy.swallowed).toBe('into the darkand this'.length)
  expect(heard).toEqual([])
  await proxy.setMode('forward')
  await closed
  expect(said()).toBe('')
})

test('holds answers back for as long as it was told, in their order', async () => {
  const { socket, said } = await client()
  proxy.setDelay(150)
  const startedAt = performance.now()
  socket.write('late')
  await expect.poll(() => heard).toEqual(['late'])
  socket.write('later')
  await expect.poll(said).toBe('echo lateecho later')
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(140)
})

test('loses the answer to the one request that matches, after it went through', async () => {
  const { socket, said, closed } = await client()
  proxy.loseAnswerTo((bytes) => bytes.includes('REVOKE'))
  socket.write('SELECT')
  await expect.poll(said).toBe('echo SELECT')
  socket.write('REVOKE')
  await closed
  expect(heard).toEqual(['SELECT', 'REVOKE'])
  expect(said()).toBe('echo SELECT')
  expect(proxy.lost).toBe(1)
  const next = await client()
  next.socket.write('REVOKE')
  await expect.poll(next.said).toBe('echo REVOKE')
})
