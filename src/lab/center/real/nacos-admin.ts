import { sendRequest } from '../../../config-centers/shared/send-request.ts'
import type { HttpAnswer, HttpRequest } from '../../../config-centers/shared/http-message.ts'
import { CutoverError } from '../../../core/errors.ts'
import { systemClock } from '../../../core/system-clock.ts'
import type { AuthOptions } from '../authenticator.ts'
import type { NacosLine } from './nacos-lines.ts'

const deadlineMs = 60_000

/** A server to be prepared, named by its address with the context path. */
export interface PreparedServer {
  readonly line: NacosLine
  readonly base: string
}

/** Whether the server says that it is ready to serve clients. */
export async function isReady({ line, base }: PreparedServer, signal: AbortSignal): Promise<boolean> {
  const path = line === '3.1' ? '/v3/admin/core/state/readiness' : '/v1/console/health/readiness'
  const outcome = await sendRequest(base, { method: 'GET', path }, systemClock, signal)
  if (outcome.kind !== 'answered' || outcome.answer.status !== 200) return false
  const { body } = outcome.answer
  // 3.x answers 200 with another code while it is not ready.
  return line === '3.1' ? fieldOf(body, 'code') === 0 : /^ok$/i.test(body.trim())
}

/**
 * Creates the first administrator, or finds that a server with this data has it already, and logs in.
 * @returns the token.
 */
export async function ensureAdmin(
  server: PreparedServer,
  auth: AuthOptions,
  signal: AbortSignal,
): Promise<string> {
  if (server.line === '2.3') return changeDefaultPassword(server, auth, signal)
  const path = server.line === '3.1' ? '/v3/auth/user/admin' : '/v1/auth/users/admin'
  // Refused when there is one, which a login with its password proves as well.
  await send(server, { method: 'POST', path, form: { password: auth.password } }, signal)
  const token = await logIn(server, auth, signal)
  if (token !== undefined) return token
  throw refused(server, `make ${auth.username} its administrator`)
}

/** 2.3 is born with an administrator whose password is his name. */
async function changeDefaultPassword(
  server: PreparedServer,
  auth: AuthOptions,
  signal: AbortSignal,
): Promise<string> {
  const born = await logIn(server, { username: auth.username, password: auth.username }, signal)
  if (born !== undefined) {
    const form = { username: auth.username, newPassword: auth.password }
    const headers = { authorization: `Bearer ${born}` }
    await send(server, { method: 'PUT', path: '/v1/auth/users', form, headers }, signal)
  }
  const token = await logIn(server, auth, signal)
  if (token !== undefined) return token
  throw refused(server, `give ${auth.username} another password`)
}

async function logIn(
  server: PreparedServer,
  auth: AuthOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = server.line === '3.1' ? '/v3/auth/user/login' : '/v1/auth/users/login'
  const answer = await send(server, { method: 'POST', path, form: { ...auth } }, signal)
  const token = fieldOf(answer?.body ?? '', 'accessToken')
  return typeof token === 'string' && token !== '' ? token : undefined
}

/** Creates a namespace that is not there yet. */
export async function createNamespace(
  server: PreparedServer,
  id: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const modern = server.line === '3.1'
  const path = modern ? '/v3/admin/core/namespace' : '/v1/console/namespaces'
  const form = { [modern ? 'namespaceId' : 'customNamespaceId']: id, namespaceName: id, namespaceDesc: id }
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await send(server, { method: 'POST', path, form, headers }, signal)
  const body = answer?.status === 200 ? answer.body : ''
  const done = modern ? fieldOf(body, 'code') === 0 : body.trim() === 'true'
  if (!done) throw refused(server, `create the namespace ${id}`)
}

/** Undefined: no answer that is one. 2.3 tells a wrong password by a status that HTTP does not know. */
async function send(
  { base }: PreparedServer,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer | undefined> {
  const outcome = await sendRequest(base, { ...request, deadlineMs }, systemClock, signal)
  return outcome.kind === 'answered' ? outcome.answer : undefined
}

function fieldOf(body: string, name: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null
      ? (parsed as Readonly<Record<string, unknown>>)[name]
      : undefined
  } catch {
    return undefined // plain text
  }
}

function refused({ line, base }: PreparedServer, what: string): CutoverError {
  return new CutoverError('system.refused', `Nacos ${line} would not ${what}`, { where: base })
}
