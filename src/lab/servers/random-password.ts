import { randomInt } from 'node:crypto'
import { Secret } from '../../core/secret.ts'

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'
// With the tail 31: MySQL takes at most 32 characters for a replication account.
const length = 24

/** A new password that passes every password policy and needs no escaping in URLs, YAML, properties or shells. */
export function randomPassword(name: string): Secret {
  const body = Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
  return new Secret(name, `${body}-_.aA7`)
}
