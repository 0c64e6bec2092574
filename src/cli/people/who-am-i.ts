import { userInfo } from 'node:os'

/** Name of who runs this process; its number where the system knows no name for it, as in many containers. */
export function whoAmI(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
