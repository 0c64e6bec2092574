import { createHash } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { codeOf } from './file-failure.ts'

/**
 * Who a process is, in letters that fit into a file name: machine, its boot, the process's namespace of numbers, its
 * number and when it began. Two processes never have the same, not even one after the other.
 */
export interface ProcessMark {
  readonly host: string
  readonly boot: string
  readonly namespace: string
  readonly pid: string
  /** Clock ticks since the boot; `0`: this system does not say. */
  readonly start: string
}

/** `unknown`: it ran in another container or on another machine, where nobody here can look. */
export type Life = 'alive' | 'dead' | 'unknown'

/** The mark of this process. */
export async function ownMark(): Promise<ProcessMark> {
  const own = await readStat('self')
  return {
    host: short(hostname()),
    boot: short(await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')),
    namespace: (await readlink('/proc/self/ns/pid').catch(() => '')).replaceAll(/\D/g, '') || '0',
    pid: String(process.pid),
    start: own?.start ?? '0',
  }
}

/** Whether that process can still do something, as far as it can be seen from this one. */
export async function lifeOf(mark: ProcessMark, own: ProcessMark): Promise<Life> {
  if (mark.host !== own.host) return 'unknown'
  if (mark.boot !== own.boot) return 'dead'
  if (mark.namespace !== own.namespace) return 'unknown'
  const stat = await readStat(mark.pid)
  // Where /proc hides the processes of others, a signal still tells that there is one.
  if (stat === undefined) return exists(Number(mark.pid)) ? 'alive' : 'dead'
  return stat.start === mark.start && !stat.ended ? 'alive' : 'dead'
}

interface ProcessStat {
  readonly start: string
  /** It only waits for its parent to notice. With threads left, one of them may still be inside a rename. */
  readonly ended: boolean
}

async function readStat(pid: string): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is the program's name in brackets and may hold anything; from the third on there are only words.
  const words = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, threads, start] = [words[0], words[17], words[19]]
  if (state === undefined || start === undefined) return undefined
  return { start, ended: (state === 'Z' || state === 'X') && Number(threads) <= 1 }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
