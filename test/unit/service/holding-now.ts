/** The notice of a run that ordered orders to hold a moment ago, by the real clock. */
export function holdingNow(etag: string): string {
  const moment = (ms: number): string => new Date(Date.now() + ms).toISOString()
  return JSON.stringify({
    kind: 'cutover-notice',
    version: 1,
    runId: 'run-1',
    epoch: 1,
    phase: 'holding',
    services: ['orders'],
    since: moment(-500),
    until: moment(60_000),
    retryAfterSeconds: 5,
    staged: { orders: { group: 'DEFAULT_GROUP', dataId: 'cutover-next.orders.yaml', etag } },
    hold: { at: moment(-100), drainMs: 500, late: 'keep', limitMs: 30_000 },
  })
}
