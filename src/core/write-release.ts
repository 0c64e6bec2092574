/**
 * The release: a row in the target by which the processes of a service see that it takes their writes now. It stands in
 * the target itself, so that whoever can write there can see it, whatever else is away.
 */
export const releaseTable = { schema: 'cutover_kit', table: 'write_release' } as const

/** Bound values: service, run id. No row: the target does not take the service's writes yet, for all this run knows. */
export const readReleaseSql = `SELECT service, run_id, epoch, released_at
  FROM ${releaseTable.schema}.${releaseTable.table} WHERE service = ? AND run_id = ?`

/** Which release: one per service and run. */
export interface ReleaseKey {
  readonly service: string
  readonly runId: string
}

export interface WriteRelease extends ReleaseKey {
  /** Of the run's lock when it was written. */
  readonly epoch: number
  /** ISO 8601 in UTC. */
  readonly releasedAt: string
}
