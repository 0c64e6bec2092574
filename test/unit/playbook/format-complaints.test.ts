import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { formatComplaints } from '../../../src/playbook/format-complaints.ts'
import { changed, complaintsOf } from './sample.ts'

function shown(text: string, colour = false): string {
  return formatComplaints(complaintsOf(text), { colour })
}

describe('complaints as text', () => {
  it('show the place, the lines around it and what to do', () => {
    expect(shown(changed('budget: 90s', 'budget: 90')))
      .toBe(`move.yaml:49:11  \`budget\` needs a time with its unit.
  47 │
  48 │ pause:
> 49 │   budget: 90
     │           ^^
  50 │   steps:
  → Write 90s; the units are ms, s, m and h.

1 mistake in move.yaml. Nothing was touched.
`)
  })

  it('count the mistakes', () => {
    const text = changed('budget: 90s', 'budget: 90').replace('step: create-account', 'step: creat-account')
    expect(shown(text)).toMatch(/\n\n2 mistakes in move\.yaml\. Nothing was touched\.\n$/)
  })

  it('are the same in colour but for the colours', () => {
    const text = changed('budget: 90s', 'budget: 90')
    expect(shown(text, true)).not.toBe(shown(text))
    expect(stripVTControlCharacters(shown(text, true))).toBe(shown(text))
  })

  it('underline behind Chinese text, which takes two columns a character', () => {
    const text = changed('{ center: nacos, dataId: notice.json }', '{ dataId: 系统升级.json, center: nacoz }')
    const lines = shown(text).split('\n')
    const index = lines.findIndex((line) => line.startsWith('>'))
    const before = (lines[index] ?? '').split('nacoz')[0] ?? ''
    const columns = before.length + before.replace(/[^\u3000-\u9FFF]/g, '').length
    expect(lines[index + 1]?.indexOf('^')).toBe(columns)
  })

  it('let no control character of the file reach the terminal', () => {
    const text = changed('user: admin', 'user: admin\n    "u\\e[2Jx": 1 # \u001B[31m \u202E')
    expect(complaintsOf(text).length).toBeGreaterThan(0)
    expect(shown(text).replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202E/u)
  })

  it('cut a line that is too long, around the mistake', () => {
    const text = changed('notice: { center: nacos', `notice: { "${'x'.repeat(5000)}": 1, center: nacoz`)
    const lines = shown(text).split('\n')
    expect(Math.max(...lines.filter((line) => line.includes('│')).map((line) => line.length))).toBeLessThan(
      130,
    )
    expect(lines.filter((line) => /^> .*nacoz/.test(line))).toHaveLength(1)
  })
})
