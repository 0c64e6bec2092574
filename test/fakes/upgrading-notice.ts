import type { Notice } from '../../src/core/notice.ts'

/** Orders is being upgraded, from 02:00 to 02:10. */
export const upgradingNotice: Notice = {
  kind: 'cutover-notice',
  version: 1,
  runId: 'r',
  epoch: 1,
  phase: 'upgrading',
  services: ['orders'],
  since: '2026-11-21T02:00:00.000Z',
  until: '2026-11-21T02:10:00.000Z',
  retryAfterSeconds: 30,
}
