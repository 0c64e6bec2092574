import { formatMs } from './deadline.ts'
import type { PlaybookWindow } from './playbook.ts'

/**
 * When the pause may be, in one sentence: `between 2026-11-22 03:00 and 04:00 +08:00, opens in 2 h 10 min; must begin
 * by 03:54`.
 * @param offsetMinutes of the times shown, east of Greenwich. Default: this machine's.
 */
export function describeWindow(
  { notBefore, notAfter }: PlaybookWindow,
  budgetMs: number,
  now: Date,
  offsetMinutes: number = -now.getTimezoneOffset(),
): string {
  const show = (ms: number, after?: number): string => formatMoment(ms, offsetMinutes, after)
  const zone = formatOffset(offsetMinutes)
  if (notBefore === undefined && notAfter === undefined) return 'at any time'
  const opens = (notBefore ?? 0) - now.getTime()
  const isOpen = opens <= 0 ? 'open now' : `opens in ${formatMs(opens)}`
  if (notAfter === undefined) return `from ${show(notBefore ?? 0)} ${zone} on, ${isOpen}`
  const span =
    notBefore === undefined
      ? `until ${show(notAfter)} ${zone}`
      : `between ${show(notBefore)} and ${show(notAfter, notBefore)} ${zone}`
  const latest = notAfter - budgetMs
  const leftMs = latest - now.getTime()
  if (leftMs < 0)
    return `${span}, too late by ${formatMs(-leftMs)}: had to begin by ${show(latest, notAfter)}`
  return `${span}, ${isOpen}; must begin by ${show(latest, notAfter)}, in ${formatMs(leftMs)}`
}

/** `2026-11-22 03:00`, or only the time when the day is that of `after`. */
function formatMoment(ms: number, offsetMinutes: number, after?: number): string {
  const [day, time] = localParts(ms, offsetMinutes)
  const isSameDay = after !== undefined && localParts(after, offsetMinutes)[0] === day
  return isSameDay ? time : `${day} ${time}`
}

function localParts(ms: number, offsetMinutes: number): readonly [day: string, time: string] {
  const text = new Date(ms + offsetMinutes * 60_000).toISOString()
  // Seconds only where they say something.
  return [text.slice(0, 10), text.slice(17, 19) === '00' ? text.slice(11, 16) : text.slice(11, 19)]
}

/** `+08:00` */
function formatOffset(minutes: number): string {
  const size = Math.abs(minutes)
  const [hours, rest] = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, '0'))
  return `${minutes < 0 ? '-' : '+'}${hours}:${rest}`
}
