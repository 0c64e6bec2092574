/** Waits until a document may have changed. */
export interface ChangeSignal {
  /**
   * Resolves when it is time to read again. True: the server says that the document differs from this version
   * ('' is "there is none").
   */
  wait(etag: string, signal: AbortSignal): Promise<boolean>
}
