import { describe, expect, test } from 'vitest'
import type { Approval } from '../../../../src/core/approval.ts'
import {
  judgeApproval,
  type ApprovalWanted,
  type FileFacts,
} from '../../../../src/cli/approvals/judge-approval.ts'

const planDigest = 'a1'.repeat(32)
const facts: FileFacts = { isFile: true, uid: 1002, mode: 0o100_644 }
const approval: Approval = {
  kind: 'cutover-approval',
  version: 1,
  planDigest,
  playbook: 'move-orders',
  by: 'bob@desk',
  uid: 1002,
  at: '2026-11-21T10:00:00.000Z',
  until: '2026-11-21T14:00:00.000Z',
}
const wanted: ApprovalWanted = {
  planDigest,
  validForMs: 4 * 3_600_000,
  runnerUids: new Set([1001]),
  now: new Date('2026-11-21T12:00:00Z'),
}

function judge(
  change: Partial<Approval>,
  more: { readonly facts?: Partial<FileFacts>; readonly wanted?: Partial<ApprovalWanted> } = {},
) {
  const text = JSON.stringify({ ...approval, ...change })
  return judgeApproval({ ...facts, ...more.facts }, text, { ...wanted, ...more.wanted })
}

const refusal = (why: string | RegExp) => ({
  counts: false,
  why: expect.stringMatching(why) as string,
})

test('an approval of this plan by another person, within its time, counts', () => {
  expect(judge({})).toEqual({ counts: true, approval })
})

test('it counts from its first to right before its last moment', () => {
  expect(judge({}, { wanted: { now: new Date(approval.at) } })).toMatchObject({ counts: true })
  const last = Date.parse(approval.until)
  expect(judge({}, { wanted: { now: new Date(last - 1) } })).toMatchObject({ counts: true })
  expect(judge({}, { wanted: { now: new Date(last) } })).toEqual(refusal(/^has expired at 2026-11-21T14/))
})

describe('an approval does not count', () => {
  test('when its file belongs to whoever runs the cutover, under any of their uids', () => {
    for (const runner of [[1002], [0, 1002]])
      expect(judge({}, { wanted: { runnerUids: new Set(runner) } })).toEqual(
        refusal('belongs to whoever runs this \\(uid 1002\\); it takes another person'),
      )
  })

  test('when its file belongs to root, whoever runs the cutover', () => {
    expect(judge({ uid: 0 }, { facts: { uid: 0 } })).toEqual(refusal(/^belongs to root, .*your own login/))
  })

  test.each([0o100_664, 0o100_646, 0o100_666, 0o100_622])(
    'when others may write its file (mode %o)',
    (mode) => {
      expect(judge({}, { facts: { mode } })).toEqual(refusal(/^may be written by others .*\(mode 06\d\d\)/))
    },
  )

  test('when it is no regular file', () => {
    expect(judge({}, { facts: { isFile: false } })).toEqual(refusal('is not a regular file'))
  })

  test('when somebody else than its owner wrote it', () => {
    expect(judge({ uid: 1003 })).toEqual(refusal(/written by uid 1003, but belongs to uid 1002.*a copy/))
  })

  test('when it is for another plan, and says which', () => {
    expect(judge({ planDigest: 'b2'.repeat(32) })).toEqual(
      refusal(/^approves another plan \(b2b2b2b2b2b2…, this run's is a1a1a1a1a1a1…\)/),
    )
  })

  test('when it is dated in the future', () => {
    const change = { at: '2026-11-21T12:00:00.001Z' }
    expect(judge(change)).toEqual(refusal(/^is dated in the future/))
  })

  test('when it was made to hold longer than the playbook allows, however new it is', () => {
    expect(judge({ until: '2026-11-21T14:00:00.001Z' })).toEqual(
      refusal(/^was made to hold for 4 h 00 min; the playbook allows 4 h 00 min/),
    )
    expect(judge({}, { wanted: { validForMs: 3_600_000 } })).toEqual(
      refusal(/^was made to hold for 4 h 00 min; the playbook allows 1 h 00 min/),
    )
  })

  test.each([
    ['is empty', ''],
    ['is no JSON', '{'],
    ['is a plan', JSON.stringify({ kind: 'cutover-plan', version: 1 })],
    ['is of another version', JSON.stringify({ ...approval, version: 2 })],
    ['has no end', JSON.stringify({ ...approval, until: undefined })],
    ['has a time that is none', JSON.stringify({ ...approval, until: 'tomorrow' })],
    ['names nobody', JSON.stringify({ ...approval, by: '' })],
    ['has a name that a terminal would obey', JSON.stringify({ ...approval, by: 'bob\u001b[2K' })],
    ['has a digest that is none', JSON.stringify({ ...approval, planDigest: planDigest.slice(1) })],
  ])('when its content %s', (_what, text) => {
    expect(judgeApproval(facts, text, wanted)).toEqual(refusal('is no approval'))
  })
})
