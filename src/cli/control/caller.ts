import { hostname } from 'node:os'
import { whoAmI } from '../people/who-am-i.ts'

/** `user@host` of whoever typed the command; a bare root gives the name it came from with sudo. */
export function callerName(user = whoAmI(), before = process.env['SUDO_USER']): string {
  return `${user === 'root' && before ? before : user}@${hostname()}`
}
