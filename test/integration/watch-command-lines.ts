import { readdirSync, readFileSync } from 'node:fs'

/** The command lines that processes had while it watched. */
export interface CommandLineWatch extends Disposable {
  readonly seen: ReadonlySet<string>
}

const everyMs = 4

/** Looks at every process of this machine every few milliseconds: what stands there, any user of it can read. */
export function watchCommandLines(): CommandLineWatch {
  const seen = new Set<string>()
  const look = (): void => {
    for (const name of readdirSync('/proc')) {
      if (name > '9' || name < '0') continue
      const line = commandLineOf(name)
      if (line !== '') seen.add(line)
    }
  }
  const timer = setInterval(look, everyMs)
  return {
    seen,
    [Symbol.dispose]() {
      clearInterval(timer)
    },
  }
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // it has ended meanwhile
  }
}
