import { rmSync } from 'node:fs'

interface Leftover {
  readonly pid: number
  readonly directory: string | undefined
}

const leftovers = new Set<Leftover>()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * The last net: when this process ends, by itself or by a signal nobody else handles, the server with this pid is
 * ended too and its directory removed. Everything here is synchronous, because an exit handler cannot wait.
 *
 * @returns call it as soon as the server is known to be gone; a pid may be given to another program later.
 */
export function endWithProcess(pid: number, directory?: string): () => void {
  const leftover = { pid, directory }
  if (leftovers.size === 0) install()
  leftovers.add(leftover)
  return () => {
    if (leftovers.delete(leftover) && leftovers.size === 0) uninstall()
  }
}

function install(): void {
  process.on('exit', endAll)
  for (const signal of signals) process.on(signal, onSignal)
}

function uninstall(): void {
  process.off('exit', endAll)
  for (const signal of signals) process.off(signal, onSignal)
}

function onSignal(signal: NodeJS.Signals): void {
  // Somebody else handles the signal and will let the process exit in its own time; then `exit` calls endAll.
  if (process.listenerCount(signal) > 1) return
  endAll()
  uninstall()
  process.kill(process.pid, signal)
}

function endAll(): void {
  for (const { pid } of leftovers) killNow(pid)
  for (const { directory } of leftovers) {
    if (directory !== undefined) removeNow(directory)
  }
  leftovers.clear()
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // Already gone is what we want; anything else cannot be helped while exiting, but must be seen.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') warn(`server process ${pid} could not be ended`)
  }
}

function removeNow(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 30 })
  } catch {
    warn(`${directory} could not be removed`)
  }
}

function warn(text: string): void {
  process.stderr.write(`${text}\n`)
}
