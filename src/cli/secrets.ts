import { execa } from 'execa'
import { randomInt } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CutoverError } from '../core/errors.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import type { Redactor } from '../core/redact.ts'
import { Secret, type SecretRef } from '../core/secret.ts'

interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Directory of the run: generated secrets are kept there. Absent while planning: nothing is generated then. */
  readonly directory?: string | undefined
  readonly redactor: Redactor
}

/** Resolves references late, once per process, and tells the redactor about every value. */
export function openSecrets(sources: SecretSources): Secrets {
  const known = new Map<SecretRef, Promise<Secret>>()
  return {
    resolve(ref, signal) {
      const before = known.get(ref)
      if (before) return before
      const fresh = readSecret(ref, sources, signal).then((value) => {
        const secret = new Secret(ref, value)
        sources.redactor.add(secret)
        return secret
      })
      known.set(ref, fresh)
      // A failed look-up is tried again: the operator may set the variable or fix the file meanwhile.
      fresh.catch(() => known.delete(ref))
      return fresh
    },
  }
}

async function readSecret(ref: SecretRef, sources: SecretSources, signal: AbortSignal): Promise<string> {
  const colon = ref.indexOf(':')
  const rest = ref.slice(colon + 1)
  switch (ref.slice(0, colon)) {
    case 'env':
      return fromEnvironment(ref, rest, sources.environment)
    case 'file':
      return await fromFile(ref, rest)
    case 'cmd':
      return await fromCommand(ref, rest, signal)
    case 'generated':
      return await generated(ref, rest, sources.directory)
    default:
      throw unresolved(
        ref,
        'is not a kind of reference the kit knows',
        'Use env:, file:, cmd: or generated:.',
      )
  }
}

function unresolved(ref: SecretRef, problem: string, hint: string): CutoverError {
  return new CutoverError('secret.unresolved', `The secret ${ref} ${problem}`, { hint })
}

function fromEnvironment(
  ref: SecretRef,
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const value = environment[name]
  if (!value) throw unresolved(ref, 'is not set', `Set the environment variable ${name}.`)
  return value
}

async function fromFile(ref: SecretRef, rest: string): Promise<string> {
  const [path = '', key] = rest.split('#', 2)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unresolved(
      ref,
      `cannot be read (${error.code ?? 'unreadable'})`,
      `Check the file ${path} and its mode.`,
    )
  })
  if (key === undefined) return text.replace(/\r?\n$/, '')
  const value = valueOfKey(text, key)
  if (value === undefined) throw unresolved(ref, `has no key ${key}`, `Add ${key} to ${path}.`)
  return value
}

/** From a JSON object, or from lines of KEY=VALUE. */
function valueOfKey(text: string, key: string): string | undefined {
  if (text.trimStart().startsWith('{')) {
    try {
      const value: unknown = (JSON.parse(text) as Record<string, unknown>)[key]
      return typeof value === 'string' ? value : undefined
    } catch {
      return undefined // reported as a missing key: the text must not appear in a message
    }
  }
  const line = text.split(/\r?\n/).find((candidate) => candidate.startsWith(`${key}=`))
  return line?.slice(key.length + 1)
}

async function fromCommand(ref: SecretRef, rest: string, signal: AbortSignal): Promise<string> {
  const argv = parseArgv(rest)
  if (!argv) throw unresolved(ref, 'is not a JSON list of strings', 'Write cmd:["program","argument"].')
  const [program = '', ...args] = argv
  const result = await execa(program, args, {
    cancelSignal: signal,
    timeout: 30_000,
    reject: false,
    stdin: 'ignore',
  })
  if (result.failed || !result.stdout) {
    const status =
      result.exitCode === undefined ? 'could not be started' : `ended with status ${result.exitCode}`
    throw unresolved(
      ref,
      `was not given: ${program} ${status}`,
      `Run ${program} by hand and look at its output.`,
    )
  }
  return result.stdout
}

function parseArgv(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isArgv = Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string')
    return isArgv ? value : undefined
  } catch {
    return undefined // reported by the caller with the way to write it
  }
}

// Letters, digits and three signs that need no quoting in SQL, shells, URLs and properties files.
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'

async function generated(ref: SecretRef, name: string, directory: string | undefined): Promise<string> {
  if (!directory) throw unresolved(ref, 'does not exist before the run', 'It is made when the run begins.')
  const folder = join(directory, 'secrets')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, name)
  const existing = await readFile(path, 'utf8').catch(() => undefined)
  if (existing) return existing
  const value = Array.from({ length: 29 }, () => alphabet[randomInt(alphabet.length)]).join('') + '-_.'
  // On disk before anybody uses it: a crash must not leave an account whose password nobody knows.
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(value)
    await file.sync()
  } finally {
    await file.close()
  }
  return value
}
