import { describe, expect, it, vi } from 'vitest'
import { errorMeanings } from '../../../src/databases/error-meaning.ts'
import { explainError } from '../../../src/cli/commands/explain.ts'
import { exitCodes } from '../../../src/cli/exit-codes.ts'
import { buildProgram } from '../../../src/cli/program/program.ts'

function explain(name?: string, json?: true): { code: number; out: string; err: string } {
  const [out, err] = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')]
  out.mockReturnValue(true)
  err.mockReturnValue(true)
  const code = explainError(name, json === undefined ? {} : { json })
  const texts = [out, err].map((spy) => spy.mock.calls.map(([text]) => String(text)).join(''))
  return { code, out: texts[0] ?? '', err: texts[1] ?? '' }
}

describe('cutover explain error', () => {
  it('says of a number what it means, whether it may be replayed, when it may be shown, and how that is known', () => {
    const { code, out } = explain('1290')
    expect(code).toBe(exitCodes.done)
    expect(out).toContain('1290 ER_OPTION_PREVENTS_STATEMENT (SQLSTATE HY000)')
    expect(out).toMatch(/on +MySQL and MariaDB/)
    expect(out).toMatch(/only if +the message names --read-only or --super-read-only; else it is a bug/)
    expect(out).toMatch(/on COMMIT +rejected-and-rolled-back: .*may be replayed/)
    expect(out).toMatch(/upgrading +only in an announced window/)
    expect(out).toMatch(/source +provoked by a test on MySQL 9\.7 and MariaDB 10\.11/)
  })

  it('takes a symbol in any case and shows what it is on each product', () => {
    const { out } = explain('er_account_has_been_locked')
    expect(out).toMatch(/^3118 [\s\S]*on +MySQL\n[\s\S]*^4151 [\s\S]*on +MariaDB\n/m)
  })

  it('shows the two meanings of a number that the products use differently', () => {
    expect(explain('4031').out.match(/^4031 .*/gm)).toEqual([
      '4031 ER_CLIENT_INTERACTION_TIMEOUT (SQLSTATE HY000)',
      '4031 ER_REFERENCED_TRG_DOES_NOT_EXIST (SQLSTATE HY000)',
    ])
  })

  it('never calls a bug or an unknown outcome replayable, nor upgrading', () => {
    const { errors } = JSON.parse(explain(undefined, true).out) as {
      errors: { situations: { class: string; mayReplay: boolean; mayShowUpgrading: boolean }[] }[]
    }
    expect(errors).toHaveLength(errorMeanings.length)
    const open = errors
      .flatMap(({ situations }) => situations)
      .filter((situation) => situation.class === 'bug' || situation.class === 'unknown')
    expect(open.length).toBeGreaterThan(20)
    expect(open.filter((situation) => situation.mayReplay || situation.mayShowUpgrading)).toEqual([])
  })

  it('prints the whole table without a name, one line a row', () => {
    const { code, out } = explain()
    expect(code).toBe(exitCodes.done)
    expect(out.trimEnd().split('\n')).toHaveLength(errorMeanings.length + 1)
    expect(out).toMatch(/^3989 +mysql +rejected +yes +mysql +ER_SCHEMA_READ_ONLY/m)
  })

  it('says that an error it does not know is none of a cutover, and ends with the status of a wrong command', () => {
    const { code, out, err } = explain('4242')
    expect([code, out]).toEqual([exitCodes.usage, ''])
    expect(err).toContain('4242 is not in the table')
    expect(err).toContain('next: cutover explain error')
  })

  it('prints an empty list as JSON for an error it does not know', () => {
    const { code, out } = explain('ER_NOPE', true)
    expect(code).toBe(exitCodes.usage)
    expect(JSON.parse(out)).toEqual({ kind: 'cutover-errors', version: 1, asked: 'ER_NOPE', errors: [] })
  })

  it('is a command', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    let status: number | undefined
    await buildProgram((code) => {
      status = code
    }).parseAsync(['node', 'cutover', 'explain', 'error', '1213'])
    expect(status).toBe(exitCodes.done)
    expect(write.mock.calls.join('')).toContain('ER_LOCK_DEADLOCK')
  })
})
