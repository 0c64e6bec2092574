import { rm } from 'node:fs/promises'
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { linesOf } from '../../core/lines-of.ts'

/** `restart` resolves when the new process was started. */
export interface Controlled {
  restart(instance: string): Promise<void>
}

/**
 * Listens on a Unix socket for `restart NAME` and answers `ok` or `failed: reason`: how the restart command of the
 * playbook reaches the lab.
 */
export async function openControlSocket(path: string, controlled: Controlled): Promise<AsyncDisposable> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    // The command may be ended while it waits; the restart goes on.
    socket.on('error', () => socket.destroy())
    let asked = false
    linesOf(socket, (line) => {
      if (!asked) void answer(socket, line, controlled)
      asked = true
    })
  })
  await listen(server, path)
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      await rm(path, { force: true })
    },
  }
}

async function answer(socket: Socket, line: string, controlled: Controlled): Promise<void> {
  const [verb, name = ''] = line.split(' ')
  try {
    if (verb !== 'restart') throw new Error(`unknown command ${verb}`)
    await controlled.restart(name)
    socket.end('ok\n')
  } catch (error) {
    socket.end(`failed: ${error instanceof Error ? error.message : String(error)}\n`)
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}
