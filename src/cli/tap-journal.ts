import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { EntryBody } from '../core/journal-entry.ts'
import { linesOf } from '../core/lines-of.ts'
import type { JournalStore } from '../core/ports/journal-store.ts'

/** Name of the variable that turns the tap on. */
export const tapVariable = 'CUTOVER_JOURNAL_TAP'

/**
 * A hook for the crash tests, asleep unless `CUTOVER_JOURNAL_TAP` names a Unix socket. Then the run says `before` and
 * `after` on it for every entry (kind, item and its process) and waits for a line of permission each time, so that a test can
 * kill the process exactly there. A listener that goes away is taken for permission: it can stop a run, not fail it.
 */
export async function tapJournal(store: JournalStore, path: string | undefined): Promise<JournalStore> {
  if (path === undefined || path === '') return store
  const socket = connect(path)
  await once(socket, 'connect')
  const ask = openDialogue(socket)
  let turn: Promise<unknown> = Promise.resolve()
  return {
    read: () => store.read(),
    append(body, sync) {
      const next = turn.then(async () => {
        await ask(lineFor('before', body))
        const entry = await store.append(body, sync)
        await ask(lineFor('after', body))
        return entry
      })
      turn = next.catch(() => undefined)
      return next
    },
    async [Symbol.asyncDispose]() {
      socket.destroy()
      await store[Symbol.asyncDispose]()
    },
  }
}

function lineFor(side: 'before' | 'after', body: EntryBody): string {
  const id = 'id' in body ? body.id : 'phase' in body ? body.phase : undefined
  return JSON.stringify({ side, type: body.type, id, pid: process.pid })
}

function openDialogue(socket: Socket): (line: string) => Promise<void> {
  let waiting: (() => void) | undefined
  let gone = false
  const goOn = (): void => {
    waiting?.()
    waiting = undefined
  }
  socket.on('error', () => socket.destroy())
  socket.once('close', () => {
    gone = true
    goOn()
  })
  linesOf(socket, goOn)
  return (line) =>
    new Promise((resolve) => {
      if (gone) return resolve()
      waiting = resolve
      socket.write(`${line}\n`)
    })
}
