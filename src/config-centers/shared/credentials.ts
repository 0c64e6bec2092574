import type { Secrets } from '../../core/ports/secrets.ts'
import { Secret } from '../../core/secret.ts'
import type { SecretRef } from '../../core/secret.ts'

/** A user of a center. The password is fetched when it is needed and not kept. */
export interface Credentials {
  readonly username: string
  /** How messages name the password: the secret's reference. */
  readonly passwordName: string
  password(signal: AbortSignal): Promise<Secret>
}

/** The user a playbook names; undefined: it names none, or no password. */
export function credentialsOf(
  {
    username,
    password,
  }: { readonly username?: string | undefined; readonly password?: SecretRef | undefined },
  secrets: Secrets,
): Credentials | undefined {
  if (username === undefined || username === '' || password === undefined) return undefined
  return { username, passwordName: password, password: (signal) => secrets.resolve(password, signal) }
}

/** The user a service names. */
export function readerCredentials({
  username,
  password,
}: {
  readonly username?: string
  readonly password?: string | Secret
}): Credentials | undefined {
  if (username === undefined || username === '' || password === undefined) return undefined
  const secret = typeof password === 'string' ? new Secret('config-center-password', password) : password
  return { username, passwordName: secret.toString(), password: () => Promise.resolve(secret) }
}
