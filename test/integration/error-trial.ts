import type { Connection } from 'mysql2/promise'
import type { ErrorClass } from '../../src/databases/error-meaning.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import type { UnitContext } from '../../src/service/classify.ts'
import { thrownBy, type Account, type ErrorLab } from './error-lab.ts'

/** Where the error meets the unit of work. */
export type Shape = 'connect' | 'alone' | 'prepared' | 'transaction' | 'commit'

/** One error provoked for real, and what has to be said of it. */
export interface Trial {
  readonly errno: number
  readonly what: string
  readonly shape: Shape
  readonly class: ErrorClass
  /** May it be shown as upgrading? */
  readonly upgrading: boolean
  /** Default: both. */
  readonly engine?: ServerEngine
  /** What the library would be told. Default: what the shape says. */
  readonly context?: UnitContext
  readonly provoke: (lab: ErrorLab) => Promise<Provoked>
  /** For an unknown outcome: the rows that are there all the same. Default: not looked at. */
  readonly leaves?: readonly number[]
}

export interface Provoked {
  readonly error: unknown
  /** The session it happened on; undefined when there was none. */
  readonly session?: Connection
  /** Takes back what made the server refuse; once. Not before the session has ended: its locks may be in the way. */
  readonly undo?: () => Promise<unknown>
}

export const contexts: Readonly<Record<Shape, UnitContext>> = {
  connect: { sent: false },
  alone: { inTransaction: false },
  prepared: { inTransaction: false },
  transaction: { inTransaction: true },
  commit: { inTransaction: true, commitSent: true },
}

/** The rows that every trial writes: one before the error, in the same transaction; one by what is refused. */
export const earlier = 1
export const refused = 2
export const writeEarlier = `INSERT INTO calm.t (id) VALUES (${earlier})`
export const insertRefused = `INSERT INTO app.t (id) VALUES (${refused})`

export interface Arrangement {
  readonly user?: Account
  /** What makes the server refuse, as root; after the session and its transaction are there. */
  readonly arrange?: readonly string[]
  /** As root, when all is over. */
  readonly undo?: readonly string[]
  /** As the session itself, before its transaction. */
  readonly prelude?: readonly string[]
  /** Default: an insert. */
  readonly statement?: string
}

/** Provokes an error by one statement in one shape. */
export function byStatement(shape: Shape, arrangement: Arrangement = {}) {
  const { user, arrange = [], undo = [], prelude = [], statement = insertRefused } = arrangement
  return async (lab: ErrorLab): Promise<Provoked> => {
    const session = await lab.session(user)
    for (const text of prelude) await session.query(text)
    const prepared = shape === 'prepared' ? await session.prepare(statement) : undefined
    if (shape === 'transaction' || shape === 'commit') await begin(session)
    const left = [...undo]
    const takeBack = (): Promise<unknown> => lab.root(...left.splice(0))
    try {
      await lab.root(...arrange)
      const work = prepared?.execute([]) ?? session.query(shape === 'commit' ? 'COMMIT' : statement)
      return { error: await thrownBy(work), session, undo: takeBack }
    } catch (error) {
      session.destroy()
      await takeBack()
      throw error
    }
  }
}

/** The same arrangement in several shapes, with the class for each. */
export function inShapes(
  trial: Pick<Trial, 'errno' | 'what' | 'upgrading' | 'engine'>,
  arrangement: Arrangement,
  classes: Partial<Record<Shape, ErrorClass>>,
): Trial[] {
  const trials: Trial[] = []
  for (const [name, errorClass] of Object.entries(classes)) {
    const shape = name as Shape
    trials.push({ ...trial, shape, class: errorClass, provoke: byStatement(shape, arrangement) })
  }
  return trials
}

/** Begins a transaction and writes the earlier row in it. */
export async function begin(session: Connection): Promise<void> {
  await session.query('START TRANSACTION')
  await session.query(writeEarlier)
}
