import { formatMs } from '../../core/deadline.ts'
import type { Audit } from './types.ts'

/** The audit as lines of text for the end of a rehearsal. */
export function renderAudit(audit: Audit): string {
  const { writes, reads, others, probes, unknownFound } = audit
  const pause = audit.pauseMs === null ? 'writes never came back' : formatMs(audit.pauseMs)
  const rows: [string, string][] = [
    ['pause as users saw it', `${pause} (longest time without a write ${formatMs(audit.longestGapMs)})`],
    [
      'writes of orders',
      `${writes.acknowledged} acknowledged, ${writes.lost} lost, ${writes.doubled} doubled`,
    ],
    [
      'refused writes',
      `${writes.refused}, ${writes.refusedFriendly} of them friendly, ${audit.refusedFound} found on a server`,
    ],
    ['unknown writes', describeUnknown(writes.unknown, unknownFound)],
    ['reads of orders', `${reads.ok} ok, ${reads.failed} failed`],
    ...Object.entries(others).map(([name, { ok, failed }]): [string, string] => [
      `writes of ${name}`,
      `${ok} ok, ${failed} failed`,
    ]),
    ['ordinary bugs', describeProbes(probes)],
    ['rows nobody wrote', String(audit.extra)],
    ['leaks in refusals', String(audit.leaks)],
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  const lines = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`)
  const verdict = audit.ok
    ? ['audit: every acknowledged write exactly once on the right server']
    : ['audit: NOT in order', ...audit.findings.map((finding) => `  ✗ ${finding}`)]
  return [...verdict, ...lines].join('\n')
}

function describeUnknown(count: number, found: Audit['unknownFound']): string {
  if (count === 0) return '0'
  const places = Object.entries(found).filter(([, rows]) => rows > 0)
  return `${count}: ${places.map(([place, rows]) => `${rows} ${place === 'nowhere' ? place : `on ${place}`}`).join(', ')}`
}

function describeProbes(probes: Audit['probes']): string {
  const all = Object.values(probes)
  const sum = (pick: (counts: (typeof all)[number]) => number) =>
    all.reduce((total, one) => total + pick(one), 0)
  const own = sum((one) => one.own)
  const upgrading = sum((one) => one.upgrading)
  return `${own} got their own error, ${upgrading} the upgrading answer, ${sum((one) => one.wrong)} something else`
}
