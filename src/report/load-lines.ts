import { formatMs } from '../core/deadline.ts'
import type { LoadResult, RequestCount } from './load-result.ts'

/** What users noticed, and whether every acknowledged write is where it belongs. */
export function loadLines(load: LoadResult): readonly string[] {
  return [
    'What users saw',
    `  pause    ${pauseText(load.pauseMs)}`,
    `  writes   ${writesText(load.writes)}`,
    `  reads    ${countText(load.reads)}`,
    ...Object.entries(load.others).map(([service, count]) => `  ${service.padEnd(7)}  ${countText(count)}`),
    '',
    `Audit: ${load.audit.passed ? 'passed' : 'FAILED'}`,
    ...load.audit.lines.map((line) => `  ${line}`),
  ]
}

function pauseText(pauseMs: number | null): string {
  if (pauseMs === null) return 'none: no write was refused'
  return `${formatMs(pauseMs)} from the first refused write to the first accepted one on the target`
}

function writesText(writes: LoadResult['writes']): string {
  const { acknowledged, refused, refusedFriendly, unknown, lost, doubled } = writes
  const friendly = refused === 0 ? '' : ` (${formatCount(refusedFriendly)} with the friendly answer)`
  return [
    `${formatCount(acknowledged)} acknowledged`,
    `${formatCount(refused)} refused${friendly}`,
    `${formatCount(unknown)} unknown`,
    `${formatCount(lost)} lost`,
    `${formatCount(doubled)} doubled`,
  ].join(', ')
}

function countText(count: RequestCount): string {
  return `${formatCount(count.ok)} ok, ${formatCount(count.failed)} failed`
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}
