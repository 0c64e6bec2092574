import { z } from 'zod'
import { duration } from '../../../src/core/durations.ts'
import { defineGate, type AnyGateKind, type Catalogue } from '../../../src/core/gate.ts'
import { accountRef, databaseRef, secretRef, serviceRef, syncRef, tableSet } from '../../../src/core/refs.ts'
import { defineStep, type AnyStepKind, type StepKind } from '../../../src/core/step.ts'
import type { Complaint } from '../../../src/playbook/complaint.ts'
import { loadPlaybook, type LoadResult } from '../../../src/playbook/load-playbook.ts'
import type { Playbook } from '../../../src/core/playbook.ts'

/** Small kinds that only say what a playbook may write; nothing here is ever run. */
const verbs: Omit<StepKind<unknown, null>, 'kind' | 'summary' | 'schema'> = {
  observe: () => Promise.resolve(null),
  plan: () => Promise.resolve([]),
  run: () => Promise.resolve(),
  verify: () => Promise.resolve({ holds: true, evidence: 'seen' }),
}
const undoable = {
  ...verbs,
  undo: () => Promise.resolve(),
  verifyUndone: () => Promise.resolve({ holds: true, evidence: 'seen' } as const),
}

const createAccount = defineStep({
  ...undoable,
  kind: 'create-account',
  summary: 'Creates an account.',
  schema: z.strictObject({
    database: databaseRef('Database the account is made on.'),
    account: accountRef('The account.'),
    password: secretRef('Its password.'),
    seal: secretRef('A second secret, whose name does not say so.').optional(),
    rights: z.enum(['read-only', 'read-write']).default('read-only').meta({ description: 'What it may do.' }),
    tables: z.array(tableSet).min(1).meta({ description: 'Tables it may use.' }),
    limit: z.number().int().optional().meta({ description: 'Most connections at a time.' }),
  }),
})

const tell = defineStep({
  ...undoable,
  kind: 'tell',
  summary: 'Tells services what happens.',
  requires: ['notice'],
  defaultDeadlineMs: 5000,
  schema: z.strictObject({
    services: z.array(serviceRef('Service that is told.')).min(1).meta({ description: 'Services.' }),
    validFor: duration('How long it holds.').prefault('10m'),
  }),
})

const openTarget = defineStep({
  ...verbs,
  kind: 'open-target',
  summary: 'Lets the target take writes.',
  irreversible: 'the target may hold new rows.',
  schema: z.strictObject({ database: databaseRef('The target.') }),
})

const caughtUp = defineGate({
  kind: 'caught-up',
  summary: 'The target has applied everything.',
  schema: z.strictObject({ sync: syncRef('The sync task.') }),
  defaults: { deadlineMs: 60_000, everyMs: 500, goodReadings: 3 },
  describe: () => 'caught up',
  open: () => Promise.resolve({ read: () => Promise.resolve({ state: 'open', measured: '0' }) }),
})

export const catalogue: Catalogue = {
  steps: new Map<string, AnyStepKind>(
    [createAccount, tell, openTarget].map((kind) => [kind.kind, kind as AnyStepKind]),
  ),
  gates: new Map<string, AnyGateKind>([[caughtUp.kind, caughtUp as AnyGateKind]]),
}

export const variables = {
  SOURCE_HOST: '10.0.0.1',
  TARGET_HOST: '10.0.0.2',
  RESTART: 'restart-service',
}

/** A playbook in which everything is right; tests break one thing at a time. */
export const goodText = `name: move-orders
purpose: Move the tables of orders.
confirm: orders-target

systems:
  source:
    kind: database
    host: \${SOURCE_HOST}
    user: admin
    password: env:SOURCE_PASSWORD
  target:
    kind: database
    host: \${TARGET_HOST}
    port: \${TARGET_PORT:-3307}
    user: admin
    password: env:TARGET_PASSWORD
  sync: { kind: native-replication, from: source, to: target }
  nacos:
    kind: nacos
    servers: http://10.0.0.3:8848
    namespace: \${NAMESPACE:-}

services:
  orders:
    document: { center: nacos, dataId: orders.yaml }
    url: http://10.0.0.4
    instances:
      - name: orders-1
        url: http://10.0.0.5
        restart: { command: ['\${RESTART}', 'orders-1'] }

notice: { center: nacos, dataId: notice.json }

prepare:
  - gate: caught-up
    with: { sync: sync }
    deadline: 2m
    every: 1s
    goodReadings: 2

  - step: create-account
    with:
      database: target
      account: orders_ro
      password: env:ORDERS_PASSWORD
      tables: [{ schema: orders }]

pause:
  budget: 90s
  steps:
    - step: tell
      with: { services: [orders] }

    - step: open-target
      with: { database: target }
      deadline: 30s
      pointOfNoReturn: true

    - gate: caught-up
      id: caught-up-again
      with: { sync: sync }

settle:
  - step: tell
    id: tell-done
    with: { services: [orders], validFor: 1m }
    onFailure: stop
`

export function load(
  text: string,
  given: Readonly<Record<string, string | undefined>> = variables,
): LoadResult {
  return loadPlaybook({ file: 'move.yaml', text, variables: given, catalogue })
}

export function loadGood(text: string, given?: Readonly<Record<string, string | undefined>>): Playbook {
  const result = load(text, given)
  if (!result.ok) throw new Error(result.complaints.map(({ message }) => message).join('\n'))
  return result.playbook
}

export function complaintsOf(
  text: string,
  given?: Readonly<Record<string, string | undefined>>,
): readonly Complaint[] {
  const result = load(text, given)
  return result.ok ? [] : result.complaints
}

/** `line:column message` of every complaint. */
export function told(text: string, given?: Readonly<Record<string, string | undefined>>): readonly string[] {
  return complaintsOf(text, given).map(({ place, message }) => `${place.line}:${place.column} ${message}`)
}

/** The good playbook with one piece replaced; the piece must be there. */
export function changed(from: string | RegExp, to: string | (() => string)): string {
  const text = goodText.replace(from, typeof to === 'string' ? () => to : to)
  if (text === goodText) throw new Error(`nothing to replace: ${String(from)}`)
  return text
}

/** What is underlined, and what is said about it. */
export function underlined(text: string): readonly (readonly [string, string])[] {
  return complaintsOf(text).map(({ message, frame: { lines, mark } }) => [
    (lines[mark.line] ?? '').slice(mark.start, mark.start + mark.length),
    message,
  ])
}
