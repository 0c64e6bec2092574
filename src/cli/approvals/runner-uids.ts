import { readFileSync } from 'node:fs'

/** What Linux keeps where nobody has logged in, for example for a service. */
const noLogin = 4_294_967_295

interface Whereabouts {
  readonly uid: number | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Content of /proc/self/loginuid; undefined where there is none. */
  readonly loginUid: string | undefined
}

/**
 * Every uid that is the runner's: the process's own, the one that called sudo, and the one that logged in, which Linux
 * keeps through sudo and su. Whoever is root can still pretend to be anybody.
 */
export function runnerUids(where: Whereabouts = hereAndNow()): ReadonlySet<number> {
  const candidates = [where.uid, parseUid(where.environment['SUDO_UID']), parseUid(where.loginUid)]
  return new Set(candidates.filter((uid) => uid !== undefined && uid !== noLogin) as readonly number[])
}

function hereAndNow(): Whereabouts {
  return { uid: process.getuid?.(), environment: process.env, loginUid: readLoginUid() }
}

function readLoginUid(): string | undefined {
  try {
    return readFileSync('/proc/self/loginuid', 'utf8')
  } catch {
    return undefined // not Linux, or without auditing: the other two remain
  }
}

function parseUid(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined
}
