import { stripVTControlCharacters } from 'node:util'
import type { CodeFrame } from './code-frame.ts'
import type { Complaint } from './complaint.ts'
import type { Level } from './finding.ts'

/** All complaints as text for a terminal: place, sentence, the lines around it, and what to do. */
export function formatComplaints(
  complaints: readonly Complaint[],
  options: { readonly colour: boolean },
): string {
  const paint = options.colour ? inColour : plain
  const blocks = complaints.map((complaint) => formatComplaint(complaint, paint))
  const file = clean(complaints[0]?.place.file ?? 'the playbook')
  const isRefused = complaints.some(({ level }) => level === 'mistake')
  const count = `${countComplaints(complaints)} in ${file}.`
  const end = isRefused ? paint.bad(`${count} Nothing was touched.`) : paint.warn(count)
  return `${[...blocks, end].join('\n\n')}\n`
}

/** `1 mistake`, `2 mistakes and 1 warning`; `no mistakes` when there is nothing to complain about. */
export function countComplaints(complaints: readonly Complaint[]): string {
  const levels: readonly Level[] = ['mistake', 'warning']
  const counts = levels.flatMap((level) => {
    const count = complaints.filter((complaint) => complaint.level === level).length
    return count === 0 ? [] : [`${count} ${level}${count === 1 ? '' : 's'}`]
  })
  return counts.length === 0 ? 'no mistakes' : counts.join(' and ')
}

type Paint = Readonly<Record<'bad' | 'warn' | 'place' | 'faint' | 'hint', (text: string) => string>>

const same = (text: string): string => text
const plain: Paint = { bad: same, warn: same, place: same, faint: same, hint: same }

const sgr =
  (code: number) =>
  (text: string): string =>
    `\u001B[${code}m${text}\u001B[0m`
const inColour: Paint = { bad: sgr(31), warn: sgr(33), place: sgr(1), faint: sgr(2), hint: sgr(36) }

function formatComplaint({ level, place, message, hint, frame }: Complaint, paint: Paint): string {
  const where = paint.place(`${clean(place.file)}:${place.line}:${place.column}`)
  const word = level === 'warning' ? `${paint.warn('warning:')} ` : ''
  const head = `${where}  ${word}${clean(message)}`
  const tail = hint === undefined ? [] : [paint.hint(`  → ${clean(hint)}`)]
  const mark = level === 'warning' ? paint.warn : paint.bad
  return [head, ...formatFrame(frame, paint.faint, mark), ...tail].join('\n')
}

/** Longer lines are cut around the mark. */
const maxWidth = 110

type Style = (text: string) => string

function formatFrame({ firstLine, lines, mark }: CodeFrame, faint: Style, loud: Style): readonly string[] {
  const gutter = String(firstLine + lines.length - 1).length
  const cut = Math.max(0, Math.min(mark.start - 40, (lines[mark.line]?.length ?? 0) - maxWidth))
  return lines.flatMap((line, index) => {
    const number = String(firstLine + index).padStart(gutter)
    const text = line.slice(cut, cut + maxWidth)
    if (index !== mark.line) return [faint(`  ${number} │ ${text}`.trimEnd())]
    const start = mark.start - cut
    const under = `${' '.repeat(widthOf(text.slice(0, start)))}${'^'.repeat(underlineWidth(text, start, mark.length))}`
    return [`${loud('>')} ${number} │ ${text}`, `  ${' '.repeat(gutter)} │ ${loud(under)}`]
  })
}

function underlineWidth(text: string, start: number, length: number): number {
  return Math.max(1, widthOf(text.slice(start, start + length)))
}

const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u

/** Columns in a terminal; Chinese characters take two. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += wide.test(character) ? 2 : 1
  return width
}

/** Keys and names of the file stand in messages; their control characters must not reach the terminal. */
function clean(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, '\uFFFD')
}
