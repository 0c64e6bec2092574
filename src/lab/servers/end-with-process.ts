import { rmSync } from 'node:fs'

/*
 * The last net under everything a lab starts: when this process ends, by itself, by an error, or by a signal nobody
 * else handles, the registered processes are ended and then the registered directories removed. All of it is
 * synchronous, because an exit handler cannot wait.
 */

const processes = new Set<{ readonly pid: number }>()
const directories = new Set<{ readonly path: string }>()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Ends the process with SIGKILL when this one ends.
 *
 * @returns call it as soon as the process is known to be gone; its pid may be given to another program later.
 */
export function endWithProcess(pid: number): () => void {
  return register(processes, { pid })
}

/** Removes the directory when this process ends. @returns takes the registration back. */
export function removeWithProcess(path: string): () => void {
  return register(directories, { path })
}

function register<T>(entries: Set<T>, entry: T): () => void {
  if (processes.size + directories.size === 0) listen()
  entries.add(entry)
  return () => {
    if (entries.delete(entry) && processes.size + directories.size === 0) stopListening()
  }
}

function listen(): void {
  process.on('exit', clear)
  for (const signal of signals) process.on(signal, onSignal)
}

function stopListening(): void {
  process.off('exit', clear)
  for (const signal of signals) process.off(signal, onSignal)
}

function onSignal(signal: NodeJS.Signals): void {
  // Somebody else handles the signal and lets the process exit in its own time; `exit` calls clear then.
  if (process.listenerCount(signal) > 1) return
  clear()
  stopListening()
  process.kill(process.pid, signal)
}

function clear(): void {
  for (const { pid } of processes) killNow(pid)
  for (const { path } of directories) removeNow(path)
  processes.clear()
  directories.clear()
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // Already gone is what we want; anything else cannot be helped while exiting, but must be seen.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') warn(`process ${pid} could not be ended`)
  }
}

function removeNow(path: string): void {
  try {
    // A process that was just ended may still be letting go of its files.
    rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 30 })
  } catch {
    warn(`${path} could not be removed`)
  }
}

function warn(text: string): void {
  process.stderr.write(`${text}\n`)
}
