import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { handedIn, handIn } from '../../../../src/cli/approvals/handed-in.ts'
import { openOperator } from '../../../../src/cli/people/operator.ts'
import type { Question } from '../../../../src/core/ports/operator.ts'

const planDigest = 'a1'.repeat(32)
const question: Question = {
  id: 'go',
  text: 'Go?',
  secondPerson: true,
  approvalValidForMs: 3_600_000,
}
const signal = new AbortController().signal

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cutover-second-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** Written by the user with this number, as far as only root can bring that about. */
async function writeApprovalOf(uid: number, change: object = {}): Promise<string> {
  const at = new Date()
  const until = new Date(at.getTime() + 3_600_000)
  const head = { kind: 'cutover-approval', version: 1, planDigest, playbook: 'move', by: 'bob@desk', uid }
  const file = join(directory, `approval-of-${uid}.json`)
  await writeFile(
    file,
    JSON.stringify({ ...head, at: at.toISOString(), until: until.toISOString(), ...change }),
  )
  await chmod(file, 0o644)
  if (process.getuid?.() === 0) await chown(file, uid, 0)
  return file
}

function operator(agree: readonly string[] = ['go']) {
  return openOperator({ agree, approvedRun: () => ({ directory, planDigest }) })
}

describe('without an approval', () => {
  test('the operator alone cannot agree', async () => {
    const answer = await operator().ask(question, signal)
    expect(answer).toEqual({ agreed: false, why: 'no second person has approved this plan' })
  })

  test('a run waits for one, and says which commands bring it', async () => {
    expect(await operator().secondPerson?.(question, signal)).toEqual({
      approved: false,
      why: 'no second person has approved this plan',
      hint:
        'A second person approves plan a1a1a1a1a1a1 under their own login: cutover approve PLAN_FILE --out FILE, ' +
        `where PLAN_FILE is a copy of ${directory}/plan.json. Then, here: cutover approve ${directory} --approval FILE`,
      final: false,
    })
  })

  test('a run does not wait for one when nobody is there who could agree', async () => {
    expect(await operator([]).secondPerson?.(question, signal)).toMatchObject({ final: true })
  })

  test('a run without a plan does not wait for one', async () => {
    const before = openOperator({ agree: 'all' })
    expect(await before.secondPerson?.(question, signal)).toMatchObject({ final: true })
    expect(await before.ask(question, signal)).toMatchObject({ agreed: false })
    const planless = openOperator({
      agree: 'all',
      approvedRun: () => ({ directory, planDigest: '' }),
    })
    expect(await planless.secondPerson?.(question, signal)).toMatchObject({ final: true })
  })
})

test('every approval that does not count is named with its reason', async () => {
  const mine = await writeApprovalOf(process.getuid?.() ?? 0)
  await handIn(directory, mine)
  await handIn(directory, join(directory, 'not-there-yet.json'))
  const found = await operator().secondPerson?.(question, signal)
  const why = found?.approved === false ? found.why : ''
  expect(why).toContain(`the approval ${mine} belongs to whoever runs this`)
  expect(why).toContain(`not-there-yet.json cannot be read: there is no such file`)
})

test('what was handed in is kept in the directory of the run, for its owner only', async () => {
  const run = join(directory, 'run')
  await mkdir(run)
  await handIn(run, '/tmp/b.json')
  await handIn(run, '/tmp/a.json')
  await handIn(run, '/tmp/a.json')
  expect([...(await handedIn(run))].sort()).toEqual(['/tmp/a.json', '/tmp/b.json'])
  expect((await stat(join(run, 'approvals'))).mode & 0o777).toBe(0o700)
  expect(await handedIn(join(directory, 'another'))).toEqual([])
})

test('a question that wants no second person asks for none', async () => {
  const { secondPerson: _unwanted, ...alone } = question
  expect(await operator().ask(alone, signal)).toMatchObject({ agreed: true, how: '--agree go' })
})
