import { randomInt } from 'node:crypto'
import { Secret } from '../../core/secret.ts'

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'
const length = 28

/** A new password that passes every password policy and needs no escaping in URLs, YAML, properties or shells. */
export function randomPassword(name: string): Secret {
  const body = Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
  return new Secret(name, `${body}-_.aA7`)
}
