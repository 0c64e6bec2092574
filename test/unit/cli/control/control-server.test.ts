import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { spawn } from 'node:child_process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectControl, type ControlClient } from '../../../../src/cli/control/control-client.ts'
import { openControlServer, type ControlServer } from '../../../../src/cli/control/control-server.ts'
import { openRunSocket } from '../../../../src/cli/control/open-run-socket.ts'
import { runHandlers } from '../../../../src/cli/control/run-handlers.ts'
import { socketPathOf } from '../../../../src/cli/control/socket-path.ts'
import type { RunEvent } from '../../../../src/core/run-event.ts'
import { createFakeRunControl, type FakeRunControl } from '../../../fakes/fake-run-control.ts'

let directory: string
let control: FakeRunControl
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'control-'))
  control = createFakeRunControl()
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function open(in_ = directory): Promise<ControlServer> {
  const server = await openControlServer({
    directory: in_,
    runId: 'run-1',
    redact: (text) => text.replaceAll('hunter2', '***'),
    holder: 'Process 4711 (ann@bastion)',
  })
  server.handle(runHandlers(control, { playbook: null, live: () => null }))
  return server
}

async function client(server: ControlServer, onEvent?: (event: RunEvent) => void): Promise<ControlClient> {
  const connected = await connectControl(server.path, onEvent)
  if (typeof connected === 'string') throw new Error(connected)
  return connected
}

const say = (text: string): RunEvent => ({ type: 'say', id: 'fence', text })

it('takes wishes and notes with the name of who has them', async () => {
  await using server = await open()
  using ann = await client(server)
  expect(ann.hello).toEqual({ kind: 'cutover-control', version: 1, runId: 'run-1', pid: process.pid })
  expect(await ann.request('ask', { wish: 'hold', by: 'ann@bastion', why: 'lag' })).toBe(
    'It will hold after read-only-account.',
  )
  await ann.request('note', { text: 'the phone rang', by: 'ann@bastion' })
  expect(control.asked).toEqual(['hold ann@bastion lag'])
  expect(control.notes).toEqual(['ann@bastion: the phone rang'])
})

it('lets wait who asks before the process knows what it may be asked', async () => {
  const place = { directory, runId: 'run-1', redact: (text: string) => text, holder: 'Process 4711' }
  await using server = await openControlServer(place)
  using ann = await client(server)
  const asked = ann.request('note', { text: 'early', by: 'ann@bastion' })
  // Others come and are greeted, so what came long before has been read.
  for (let guest = 0; guest < 5; guest += 1) (await client(server))[Symbol.dispose]()
  server.handle(runHandlers(control, { playbook: null, live: () => null }))
  await asked
  expect(control.notes).toEqual(['ann@bastion: early'])
})

it("passes the run's refusal on, with its code", async () => {
  control = createFakeRunControl({ noReturnPassed: true })
  await using server = await open()
  using ann = await client(server)
  await expect(ann.request('ask', { wish: 'undo', by: 'ann' })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('point of no return') as string,
  })
})

it('is a socket that only its owner can use', async () => {
  await using server = await open()
  expect((await stat(server.path)).mode & 0o777).toBe(0o600)
})

it('refuses a second process on the same run and names the first', async () => {
  await using _server = await open()
  await expect(open()).rejects.toMatchObject({
    code: 'locked',
    message: `Process ${process.pid} works on run run-1 already`,
  })
})

it('lets only one of many that start together have it', async () => {
  const opened = await Promise.allSettled(Array.from({ length: 8 }, () => open()))
  const won = opened.filter((result) => result.status === 'fulfilled')
  expect(won).toHaveLength(1)
  for (const { value } of won) await value[Symbol.asyncDispose]()
})

it('replaces the socket of a process that was killed, also when several find it', async () => {
  const path = await socketPathOf(directory)
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`
  const dead = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(dead.stdout, 'data')
  dead.kill('SIGKILL')
  await once(dead, 'exit')
  expect(await readdir(directory)).toEqual(['control.sock'])
  const opened = await Promise.allSettled(Array.from({ length: 4 }, () => open()))
  const won = opened.filter((result) => result.status === 'fulfilled')
  expect(won).toHaveLength(1)
  const [server] = won
  using _ann = await client(server?.value as ControlServer)
  expect(await readdir(directory)).toEqual(['control.sock'])
  await server?.value[Symbol.asyncDispose]()
})

it('is not kept out by a process that died while it claimed the socket', async () => {
  const dead = spawn(process.execPath, ['-e', ''])
  await once(dead, 'exit')
  const path = await socketPathOf(directory)
  for (const text of [String(dead.pid), '']) {
    await writeFile(`${path}.turn`, text)
    await utimes(`${path}.turn`, new Date(0), new Date(0))
    await using server = await open()
    expect(await readdir(directory)).toEqual(['control.sock'])
    expect(server.path).toBe(path)
  }
})

it('takes a process that holds the socket and does not answer for alive', async () => {
  const path = await socketPathOf(directory)
  const mute = createServer().listen(path)
  await once(mute, 'listening')
  try {
    await expect(open()).rejects.toMatchObject({
      code: 'locked',
      message: 'Process 4711 (ann@bastion) works on this run and does not answer',
    })
  } finally {
    mute.close()
  }
})

it('does not keep a run from going on where no socket can be made', async () => {
  const said: string[] = []
  const nowhere = { runId: 'run-1', directory: join(directory, 'no-such-directory') }
  await using server = await openRunSocket(nowhere, String, (text) => void said.push(text))
  server.tell(say('unheard'))
  expect(said).toEqual([expect.stringMatching(/No other terminal can look at this run/)])
})

it('leaves no socket behind, and its clients know the end', async () => {
  const server = await open()
  using ann = await client(server)
  await server[Symbol.asyncDispose]()
  await ann.closed
  expect(await readdir(directory)).toEqual([])
  expect(await connectControl(server.path)).toBe('refused')
})

it('goes to a private directory when the path is too long for a socket', async () => {
  const long = join(directory, 'a-run-directory-with-a-name-that-somebody-thought-about'.repeat(2))
  await mkdir(long)
  await using server = await open(long)
  expect(server.path.startsWith(long)).toBe(false)
  expect((await stat(dirname(server.path))).mode & 0o777).toBe(0o700)
  using ann = await client(server)
  expect(ann.hello.runId).toBe('run-1')
  await expect(open(long)).rejects.toMatchObject({ code: 'locked' })
})

it('answers nonsense and lives on', async () => {
  await using server = await open()
  const socket = connect(server.path)
  let heard = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text
  })
  socket.write('GET / HTTP/1.1\n[]\n{"id":7,"do":"dance"}\n{"id":8,"do":"ask","wish":{"a":1},"by":3}\nnull\n')
  await expect.poll(() => heard.split('\n').length).toBe(7)
  const replies = heard.split('\n').slice(1, -1)
  expect(replies.map((line) => (JSON.parse(line) as { ok: boolean }).ok)).toEqual(Array(5).fill(false))
  expect(replies[2]).toContain('does not understand \\"dance\\"')
  expect(control.asked).toEqual([])
  socket.destroy()
  using ann = await client(server)
  expect(await ann.request('position')).toMatchObject({ position: { item: 'read-only-account' } })
})

it('drops a client whose line has no end', async () => {
  await using server = await open()
  const socket = connect(server.path)
  const closed = closing(socket)
  socket.resume()
  socket.write('x'.repeat(200_000))
  await closed
})

it('tells every client that watches, without secrets, and no other', async () => {
  await using server = await open()
  const heard: string[] = []
  const listener = (name: string) => (event: RunEvent) =>
    void heard.push(`${name} ${event.type === 'say' ? event.text : ''}`)
  using ann = await client(server, listener('ann'))
  using bob = await client(server, listener('bob'))
  using eve = await client(server, listener('eve'))
  await ann.request('watch')
  await bob.request('watch')
  server.tell(say('the password is hunter2'))
  await eve.request('position')
  await expect.poll(() => heard.toSorted()).toEqual(['ann the password is ***', 'bob the password is ***'])
})

it('drops a client that stops reading, and the others hear everything', async () => {
  await using server = await open()
  let count = 0
  using ann = await client(server, () => (count += 1))
  await ann.request('watch')
  const deaf = connect(server.path)
  const closed = closing(deaf)
  deaf.write('{"id":1,"do":"watch"}\n')
  await once(deaf, 'readable')
  deaf.pause()
  const text = 'x'.repeat(100_000)
  for (let round = 1; round <= 100; round += 1) {
    server.tell(say(text))
    await expect.poll(() => count, { interval: 1 }).toBe(round)
  }
  deaf.resume()
  await closed
  expect(deaf.bytesRead).toBeLessThan(100 * text.length)
})

/** A dropped connection may end with an error; that is not what the test is about. */
function closing(socket: Socket): Promise<void> {
  socket.on('error', () => undefined)
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
  })
}

it('does not take a file that is no socket for one', async () => {
  await writeFile(await socketPathOf(directory), '')
  await using server = await open()
  using ann = await client(server)
  expect(ann.hello.pid).toBe(process.pid)
})
