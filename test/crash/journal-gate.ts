import { createServer, type Server, type Socket } from 'node:net'
import { linesOf } from '../../src/core/lines-of.ts'

/** One of the two moments around a journal entry at which the run asks for permission. */
export interface Moment {
  readonly side: 'before' | 'after'
  readonly type: string
  readonly id?: string
  /** The process that waits for permission. */
  readonly pid: number
}

/** `after step.intended fence` */
export function nameOf({ side, type, id }: Omit<Moment, 'pid'>): string {
  return [side, type, id].filter((part) => part !== undefined).join(' ')
}

export interface JournalGate extends AsyncDisposable {
  /** Goes into the run's environment. */
  readonly socket: string
}

/** Listens for one run. What `onMoment` returns says whether the run may go on; otherwise it waits for ever. */
export async function openJournalGate(
  socket: string,
  onMoment: (moment: Moment) => boolean | Promise<boolean>,
): Promise<JournalGate> {
  const open = new Set<Socket>()
  const server = createServer((connection) => {
    open.add(connection)
    connection.on('error', () => connection.destroy())
    const answer = async (moment: Moment): Promise<void> => {
      if (await onMoment(moment)) connection.write('go\n')
    }
    linesOf(connection, (line) => void answer(JSON.parse(line) as Moment))
  })
  await listen(server, socket)
  return {
    socket,
    async [Symbol.asyncDispose]() {
      for (const connection of open) connection.destroy()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}
