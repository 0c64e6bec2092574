import { expect, test } from 'vitest'
import type { Change } from '../../../src/core/step.ts'
import { comparePlans } from '../../../src/runner/compare-plans.ts'
import { digestPlan, type Plan, type PlanLine, type PlanSystem } from '../../../src/runner/plan.ts'

function step(id: string, ...changes: readonly Change[]): PlanLine {
  const common = { number: 1, uses: id, phase: 'prepare', deadlineMs: 1, onFailure: 'undo' } as const
  return {
    ...common,
    type: 'step',
    id,
    changes,
    undo: { possible: true },
    pointOfNoReturn: false,
    fidelity: 'exact',
  }
}

function plan(playbookDigest: string, ...lines: readonly PlanLine[]): Plan {
  return planOn([], playbookDigest, ...lines)
}

function planOn(systems: readonly PlanSystem[], playbookDigest: string, ...lines: readonly PlanLine[]): Plan {
  const head = { name: 'move', purpose: '', file: 'move.yaml', confirm: 'target', pauseBudgetMs: 1 }
  const shown = { ...head, madeAt: '2026-11-21T03:00:00.000Z', playbookDigest, systems, lines }
  return { ...shown, ok: true, errors: [], digest: digestPlan(shown) }
}

const grant: Change = { subject: 'account a', from: 'reads', to: 'writes', fidelity: 'exact' }

test('equal plans differ in nothing', () => {
  expect(comparePlans(plan('p', step('grant', grant)), plan('p', step('grant', grant)))).toEqual([])
})

test('a change that is another one now is told with both sides', () => {
  const now = plan('p', step('grant', { ...grant, from: 'nothing at all' }))
  expect(comparePlans(plan('p', step('grant', grant)), now)).toEqual([
    'grant: approved account a: reads → writes; now account a: nothing at all → writes',
  ])
})

test('what is done already, what is new and what is gone are told', () => {
  const approved = plan('p', step('grant', grant), step('old', grant))
  const now = plan('p', step('grant'), step('new', grant))
  expect(comparePlans(approved, now)).toEqual([
    'old is not in it any more',
    'grant: approved account a: reads → writes; now nothing to do',
    'new is new',
  ])
})

test('an edited playbook with the same changes is told as such', () => {
  expect(comparePlans(plan('p', step('grant', grant)), plan('q', step('grant', grant)))).toEqual([
    'the playbook move.yaml itself was edited, or its variables are others',
  ])
})

test('another server at the same address is told with both, and so is one that cannot be looked at any more', () => {
  const approved = planOn([{ name: 'source', is: 'server a' }], 'p')
  expect(comparePlans(approved, planOn([{ name: 'source', is: 'server b' }], 'p'))).toEqual([
    'source is not what it was: approved server a; now server b',
  ])
  const failure = { code: 'system.unreachable', message: 'gone' } as const
  expect(
    comparePlans(approved, planOn([{ name: 'source', is: '', cannotBeLookedAt: failure }], 'p')),
  ).toEqual(['source is not what it was: approved server a; now it could not be looked at'])
})

test('an edited playbook and a changed system are both told', () => {
  const approved = planOn([{ name: 'source', is: 'server a' }], 'p', step('grant', grant))
  expect(comparePlans(approved, planOn([{ name: 'source', is: 'server b' }], 'q', step('grant')))).toEqual([
    'the playbook move.yaml itself was edited, or its variables are others',
    'source is not what it was: approved server a; now server b',
    'grant: approved account a: reads → writes; now nothing to do',
  ])
})

test('a plan that differs only in what the kit itself decides is not taken for the approved one', () => {
  const approved = plan('p', step('grant', grant))
  expect(comparePlans(approved, plan('p', { ...step('grant', grant), deadlineMs: 2 }))).toEqual([
    'another version of the kit plans it otherwise, such as its deadlines',
  ])
})
