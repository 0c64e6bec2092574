import { beforeAll, describe, expect, it } from 'vitest'
import { checkModel, type Verdict } from './check-model.ts'
import { installSpin } from './install-spin.ts'

const slow = 300_000

const s1 = 's1_every_acknowledged_write_is_on_the_final_truth'
const sameWriteTwice = 's2_no_write_is_made_on_both_sides'
const bothWritable = 's2_never_both_sides_writable'
const asBefore = 'undone_means_everything_is_as_before'

/**
 * Each leaves one protection out. The gates that the argument does not need are off (`NO_SPARE_GATES`), because
 * rows-match would notice some of these and hide that the protection itself is missing. Two writes are enough to fail.
 */
const broken = [
  {
    without: 'POSITION_BEFORE_FENCE',
    why: 'the position is read before the fence',
    breaks: [s1, sameWriteTwice],
  },
  {
    without: 'GRANT_BEFORE_POSITION',
    why: 'the target gets its grants before the position is read',
    breaks: [s1, sameWriteTwice],
  },
  {
    without: 'GRANT_BEFORE_APPLIED',
    why: 'nobody waits until the target has applied the position',
    breaks: [s1, sameWriteTwice],
  },
  {
    without: 'KEEP_OLD_SESSIONS',
    why: 'old sessions in the schema are not ended at the fence',
    breaks: [s1, sameWriteTwice, bothWritable],
  },
  {
    without: 'KEEP_OPEN_TRANSACTIONS',
    why: 'nobody waits for transactions begun before the fence',
    breaks: [s1, sameWriteTwice, bothWritable],
  },
  {
    without: 'KEEP_RUNNING_STATEMENTS',
    why: 'nobody waits for statements whose right was checked before the fence',
    breaks: [s1, sameWriteTwice, bothWritable],
  },
  {
    without: 'DOUBT_IGNORES_RUNNING',
    why: 'a fence in doubt counts as up while old statements may run',
    breaks: [s1, sameWriteTwice, bothWritable],
  },
  {
    without: 'MARK_BEFORE_REVOKE',
    why: 'the old sessions are marked before the rights are gone',
    breaks: [s1, sameWriteTwice, bothWritable],
  },
  {
    without: 'REPEAT_BLINDLY',
    why: 'resume repeats a step in doubt, and its look at the world, without verify',
    breaks: [asBefore],
  },
  {
    without: 'UNDO_AFTER_RETURN',
    why: 'undo reopens the source after the grant on the target',
    breaks: [s1, bothWritable],
  },
] as const

const notOverallTime = new AbortController().signal

beforeAll(() => installSpin(AbortSignal.timeout(slow)), slow)

describe('the stop-write cutover', () => {
  it.each([
    ['3 writes, one service of either kind of session', ['WRITES=3', 'IN_SCHEMA=1']],
    ['2 writes, every session elsewhere', ['WRITES=2', 'IN_SCHEMA=0']],
    ['2 writes, every session in the schema', ['WRITES=2', 'IN_SCHEMA=3']],
    ['2 writes, without the gates that only help', ['WRITES=2', 'NO_SPARE_GATES']],
  ])(
    'keeps every promise in every state: %s',
    async (_title, macros) => {
      const verdict = await checkModel({ model: 'stop-write', macros, order: 'depth-first' }, notOverallTime)
      expect(verdict.broken, tell(verdict)).toBeUndefined()
      expect(verdict.exhaustive, verdict.output).toBe(true)
      expect(verdict.states).toBeGreaterThan(10_000)
    },
    slow,
  )

  it.each(broken)(
    'is not safe when $why',
    async ({ without, breaks }) => {
      const macros = ['WRITES=2', 'NO_SPARE_GATES', without]
      const verdict = await checkModel(
        { model: 'stop-write', macros, order: 'breadth-first' },
        notOverallTime,
      )
      expect(breaks, verdict.output).toContain(verdict.broken)
      expect(verdict.story, verdict.output).not.toEqual([])
    },
    slow,
  )
})

function tell({ broken, story }: Verdict): string {
  return [`${broken} is broken:`, ...story].join('\n')
}

const lockBroken = [
  { without: 'CONNECT_WITHOUT_CHECK', why: 'a session may be opened without a look at the lock' },
  { without: 'CHECK_BEFORE_CONNECT', why: 'the lock is looked at before the session is there to be ended' },
  { without: 'LEAVE_SESSIONS', why: 'the sessions of the old holder live on' },
  { without: 'END_SESSIONS_BEFORE_ROW', why: 'its sessions are ended before the lock is broken' },
  { without: 'FREE_AT_ONCE', why: 'the lock is free before the last old session has ended' },
] as const

describe('the run lock that somebody breaks', () => {
  it.each([
    ['as it is', []],
    [
      'and without the check before each deed, which is for deeds that need no session',
      ['NO_CHECK_BEFORE_DEED'],
    ],
  ])(
    'keeps every statement of the old holder out, whenever that wakes up: %s',
    async (_title, macros) => {
      const verdict = await checkModel({ model: 'run-lock', macros, order: 'depth-first' }, notOverallTime)
      expect(verdict.broken, tell(verdict)).toBeUndefined()
      expect(verdict.exhaustive, verdict.output).toBe(true)
      expect(verdict.states).toBeGreaterThan(1000)
    },
    slow,
  )

  it.each(lockBroken)(
    'lets one through when $why',
    async ({ without }) => {
      const options = { model: 'run-lock', macros: [without], order: 'breadth-first' } as const
      const verdict = await checkModel(options, notOverallTime)
      expect(verdict.broken, verdict.output).toBe('no_deed_of_an_old_holder')
      expect(verdict.story, verdict.output).not.toEqual([])
    },
    slow,
  )
})
