import { CutoverError, isCutoverError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'

interface Meaning {
  readonly code: ErrorCode
  readonly says: string
  readonly hint: string
}

const lacksRights: Meaning = {
  code: 'system.forbidden',
  says: 'this user has no right to that',
  hint: 'Run as a user who may read and write the folder and everything in it.',
}
const isFull: Meaning = {
  code: 'system.refused',
  says: 'the disk is full',
  hint: 'The document is as it was. Make room, then try again.',
}
const wrongSort: Meaning = {
  code: 'system.refused',
  says: 'a file is where a folder should be, or the other way round',
  hint: 'The layout is folder, group, document. Look at what is there.',
}

const meanings: Readonly<Record<string, Meaning>> = {
  EACCES: lacksRights,
  EPERM: lacksRights,
  ENOSPC: isFull,
  EDQUOT: isFull,
  ENOTDIR: wrongSort,
  EISDIR: wrongSort,
  EROFS: {
    code: 'system.refused',
    says: 'it is on a file system that can only be read',
    hint: 'Give the folder as the machine that may write it has it.',
  },
  ENOENT: {
    code: 'system.unreachable',
    says: 'it is not there',
    hint: 'Check the directory of the config center; is its disk mounted?',
  },
}

/** What the file system said, told without its own message. @param what `DEFAULT_GROUP/orders.yaml cannot be written`. */
export function fileFailure(error: unknown, what: string, where: string): CutoverError {
  if (isCutoverError(error)) return error
  const code = codeOf(error)
  if (code === undefined) throw error
  const meaning = meanings[code] ?? {
    code: 'system.unreachable' as const,
    says: `the file system said ${code}`,
    hint: 'Look at the disk the folder is on.',
  }
  return new CutoverError(meaning.code, `${what}: ${meaning.says}`, { where, hint: meaning.hint })
}

/** Does it, and tells failures of the file system as {@link fileFailure} does. */
export async function tellingFailures<T>(what: string, where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileFailure(error, what, where)
  }
}

/** Undefined: not an error of the file system. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : undefined
}

/** Waits for a look at something; undefined when it is not there. */
export async function ifThere<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
