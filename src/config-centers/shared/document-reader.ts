import type { StoredDocument } from '../../core/ports/config-center.ts'
import type { ChangeSignal } from './change-signal.ts'

/** Reads one document the way ordinary clients of its center do, with the right to read and nothing more. */
export interface DocumentReader extends AsyncDisposable {
  readonly changes: ChangeSignal
  /** null: the center says that there is no such document. */
  read(signal: AbortSignal): Promise<StoredDocument | null>
}
