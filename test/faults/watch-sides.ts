import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import type { Lab } from '../../src/lab/open-lab.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'

const everyMs = 50

/** Accounts of services, of whatever host, that may insert into the moved schema. */
const writers = `SELECT GRANTEE AS grantee FROM information_schema.SCHEMA_PRIVILEGES
  WHERE TABLE_SCHEMA = 'orders' AND PRIVILEGE_TYPE = 'INSERT' AND GRANTEE REGEXP '^.(orders|shop)_'`

export interface SidesWatch {
  /** Ends the watch. One line per time both sides took writes; empty: never. */
  stop(): Promise<readonly string[]>
  /** Looks that reached both servers. */
  looks(): number
}

/**
 * Looks all the time whether services may write on both servers. Target, source, target: both looks at the target must
 * show a writer, or a change of sides between two looks would be taken for both.
 */
export function watchSides({ pair: { source, target } }: Lab): SidesWatch {
  const stopping = new AbortController()
  const found = new Set<string>()
  let looks = 0
  const views = [openView(target), openView(source)] as const
  const [onTarget, onSource] = views
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const first = await onTarget.writers()
      const between = await onSource.writers()
      const last = await onTarget.writers()
      if (first && between && last) looks += 1
      const both = first?.length && last?.length && between?.length
      if (both)
        found.add(`${between.join(', ')} on the source and ${last.join(', ')} on the target may write`)
      await sleep(everyMs)
    }
    for (const view of views) view.close()
  })()
  return {
    looks: () => looks,
    async stop() {
      stopping.abort()
      await watching
      return [...found]
    },
  }
}

interface View {
  /** Undefined: the server did not answer. */
  writers(): Promise<readonly string[] | undefined>
  close(): void
}

function openView(server: RunningDatabase): View {
  let root: Connection | undefined
  const close = (): void => {
    root?.destroy()
    root = undefined
  }
  const connect = async (): Promise<Connection> => {
    const opened = await server.root()
    opened.on('error', close)
    return opened
  }
  return {
    close,
    async writers() {
      // A frozen server would hold the watch up until it goes on; a stopped one is no side that takes writes.
      try {
        root ??= await connect()
        const [rows] = await root.query<RowDataPacket[]>(writers)
        return rows.map((row) => String(row['grantee']))
      } catch {
        close()
        return undefined
      }
    },
  }
}
