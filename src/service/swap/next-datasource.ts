import type { Generation } from '../pool/generation.ts'
import type { Datasource } from './datasource.ts'
import type { ReleaseReader } from './release-reader.ts'

/** A datasource that is open and waits for its service to be switched to it. */
export interface NextDatasource extends AsyncDisposable {
  readonly datasource: Datasource
  readonly generation: Generation
  readonly release: ReleaseReader
  /** Opens again, one after the other, what has been closed since. @throws the driver's error. */
  warmUp(signal: AbortSignal): Promise<void>
  /** What is not in order there, a sentence each. @throws the driver's error when a server does not answer. */
  look(signal: AbortSignal): Promise<readonly string[]>
}

/**
 * Opens what a staged document names.
 * @param staged its text.
 * @param urgent writes wait already: it is enough that it can be used.
 * @throws CutoverError, or the driver's error; nothing is left open then.
 */
export type OpenNext = (staged: string, urgent: boolean, signal: AbortSignal) => Promise<NextDatasource>
