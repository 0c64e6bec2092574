import type { StagedDocument } from '../../core/notice.ts'

/** What a service needs of a config center: reading, nothing more. */
export interface SwapCenter {
  /** The notice now and after each change, null when there is none. Survives outages, ends with the signal. */
  notices(signal: AbortSignal): AsyncIterable<string | null>
  /** The notice as it is now, whatever was known. Waits while the center is away; rejects when the signal fires. */
  readNotice(signal: AbortSignal): Promise<string | null>
  /** The datasource document of the service, now and after each change. */
  datasources(signal: AbortSignal): AsyncIterable<string | null>
  /** A staged document in exactly its version: waits for it. @throws the signal's reason. */
  readStaged(staged: StagedDocument, signal: AbortSignal): Promise<string>
}
