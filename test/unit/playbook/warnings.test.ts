import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { playbookItems } from '../../../src/core/playbook.ts'
import { countComplaints, formatComplaints, loadPlaybook, variablesOf } from '../../../src/playbook/index.ts'
import type { Complaint, LoadResult } from '../../../src/playbook/index.ts'
import { catalogue } from '../../../src/steps/catalogue.ts'

type Change = readonly [from: string | RegExp, to: string]

const shipped = readFileSync(new URL('../../../playbooks/stop-write.yaml', import.meta.url), 'utf8')
const now = new Date('2026-11-22T00:00:00Z')

/** The shipped playbook with some places changed; each must be there. */
function loadChanged(changes: readonly Change[]): LoadResult {
  let text = shipped
  for (const [from, to] of changes) {
    const changed = text.replace(from, () => to)
    if (changed === text) throw new Error(`nothing to replace: ${String(from)}`)
    text = changed
  }
  const variables = Object.fromEntries([...variablesOf(text).keys()].map((name) => [name, 'http://x']))
  const ports = { SOURCE_PORT: '1', TARGET_PORT: '1' }
  return loadPlaybook({ file: 'move.yaml', text, variables: { ...variables, ...ports }, catalogue, now })
}

function complaintsOf(changes: readonly Change[]): readonly Complaint[] {
  const result = loadChanged(changes)
  return result.ok ? result.warnings : result.complaints
}

/** What is underlined, and what is said about it. */
function told(changes: readonly Change[]): readonly (readonly [string, string])[] {
  return complaintsOf(changes).map(({ level, message, frame: { lines, mark } }) => [
    (lines[mark.line] ?? '').slice(mark.start, mark.start + mark.length),
    `${level}: ${message}`,
  ])
}

const pauseGate = (kind: string): RegExp => new RegExp(`    - gate: ${kind}\\n(?: {6}.*\\n)*`)
const release = /    - step: allow-writes\n(?: {6}.*\n)*/
const window = (notBefore: string, notAfter: string): Change => [
  'prepare:\n',
  `window: { notBefore: '${notBefore}', notAfter: '${notAfter}' }\nprepare:\n`,
]
const command = (settings: string): Change => [
  'prepare:\n',
  `prepare:\n  - step: run-command\n    with: { command: ['true']${settings} }\n`,
]

const cases: readonly (readonly [
  name: string,
  changes: readonly Change[],
  told: readonly (readonly [string, string])[],
])[] = [
  ['of nothing in the shipped playbook', [], []],
  [
    'when the deadlines before the point of no return add up to more than the budget',
    [['budget: 6m', 'budget: 5m']],
    [
      [
        '5m',
        'warning: The deadlines of the pause before the point of no return add up to 6 min 00 s, more than its budget: announce-upgrading 15s + config-read-only 90s + restart-read-only 1m + no-sessions 20s + fence 30s + writes-stopped 20s + caught-up-after 30s + rows-match 1m + stop-sync 15s + writes-still-stopped 20s.',
      ],
    ],
  ],
  [
    'of no deadline after the point of no return',
    [
      [
        /id: restart-read-write[\s\S]*?60s/,
        'id: restart-read-write\n      with: { services: [orders] }\n      deadline: 2h',
      ],
    ],
    [],
  ],
  [
    'when a failure in the pause would leave users refused with nobody acting',
    [['deadline: 30s\n\n    # The proof', 'deadline: 30s\n      onFailure: stop\n\n    # The proof']],
    [
      [
        'stop',
        'warning: When `fence` fails, the run stops inside the pause: users stay refused until a person comes.',
      ],
    ],
  ],
  [
    'of no stop in prepare, where nobody notices',
    [['deadline: 60s', 'deadline: 60s\n    onFailure: stop']],
    [],
  ],
  [
    'when writes are refused for good',
    [
      [release, ''],
      ['env:ORDERS_RW_PASSWORD }\n', 'env:ORDERS_RW_PASSWORD }\n      pointOfNoReturn: true\n'],
    ],
    [
      [
        'stop-writes',
        'warning: `fence` refuses writes, and no later step lets anything take them: when the run is completed nobody can write.',
      ],
    ],
  ],
  [
    'when the target takes writes that nothing refuses on the source',
    [[/    - step: stop-writes\n(?: {6}.*\n)*/, '']],
    [
      [
        'allow-writes',
        'warning: `allow-writes` lets the target take writes while no earlier step refuses them on the source: both may take them.',
      ],
    ],
  ],
  [
    'when nothing proves that the source is silent',
    [
      [pauseGate('writes-stopped'), ''],
      [pauseGate('writes-stopped'), ''],
    ],
    [
      [
        'allow-writes',
        'warning: `allow-writes` lets the target take writes, and no gate after the last fence proves that the source takes none.',
      ],
    ],
  ],
  [
    'when nothing proves that the target has everything',
    [[pauseGate('caught-up'), '']],
    [
      [
        'allow-writes',
        'warning: `allow-writes` lets the target take writes, and no gate after the last fence proves that it has applied everything.',
      ],
    ],
  ],
  [
    'when a pool that follows its document would change servers while the source takes writes',
    [['poolOnPublish: stays', 'poolOnPublish: follows']],
    [
      [
        'switch-config',
        'warning: `config-read-only` publishes a datasource of orders before it is proven that writes are refused, and its pool follows at once: a request under way may fail although its row was committed.',
      ],
    ],
  ],
  [
    'when nothing says what a pool does at a publish',
    [['    poolOnPublish: stays\n', '']],
    [
      [
        'switch-config',
        'warning: `config-read-only` publishes a datasource of orders before it is proven that writes are refused, and nothing says whether its pool follows by itself.',
      ],
    ],
  ],
  [
    'of no pool that a document does not change',
    [['poolOnPublish: stays', 'hot: { token: env:STATUS_TOKEN }']],
    [],
  ],
  [
    'when a program has neither a check nor a way back',
    [command('')],
    [
      [
        'run-command',
        'warning: `run-command` has nothing that verifies it: after a crash its command is run again, whatever it did before.',
      ],
      [
        'run-command',
        'warning: `run-command` has no `undo`: a failure after it walks back around it and leaves its effect.',
      ],
    ],
  ],
  ['of no program with both', [command(", verify: ['true'], undo: ['true']")], []],
  [
    'of no way back that is never taken',
    [['settle:\n', "settle:\n  - step: run-command\n    with: { command: ['true'], verify: ['true'] }\n"]],
    [],
  ],
  [
    'when the window has passed',
    [window('2026-11-21T20:00:00Z', '2026-11-21T23:00:00Z')],
    [["'2026-11-21T23:00:00Z'", 'warning: The window ended 1 h 00 min ago, so the pause cannot begin.']],
  ],
  [
    'when the pause does not fit into what is left of the window',
    [window('2026-11-21T20:00:00Z', '2026-11-22T00:03:00Z')],
    [
      [
        "'2026-11-22T00:03:00Z'",
        'warning: The window ends in 3 min 00 s, too soon for a pause of 6 min 00 s, so the pause cannot begin.',
      ],
    ],
  ],
  ['of no window that is to come', [window('2026-11-22T03:00:00+08:00', '2026-11-22T09:00:00+08:00')], []],
]

const refused: typeof cases = [
  [
    'when a document would be restored to before a step that is not there',
    [['settle:\n', 'settle:\n  - step: restore-config\n    with: { service: orders, before: fence }\n']],
    [
      [
        'restore-config',
        'mistake: `restore-config` names `fence`, and no step switch-config of that id comes before it.',
      ],
    ],
  ],
  [
    'when nothing says which address an instance has',
    [
      ['settle:\n', 'settle:\n  - gate: config-received\n    with: { services: [orders] }\n'],
      ['url: ${ORDERS_1_URL}', 'url: http://127.0.0.1:8080'],
    ],
    [
      [
        'config-received',
        'mistake: `config-received` must know the instances of orders by their addresses, and of 1 nothing says it.',
      ],
    ],
  ],
]

describe('a playbook is warned about', () => {
  it.each(cases)('%s', (_name, changes, expected) => {
    expect(told(changes)).toEqual(expected)
    expect(loadChanged(changes).ok).toBe(true)
  })

  it.each(refused)('but refuses the playbook %s', (_name, changes, expected) => {
    expect(told(changes)).toEqual(expected)
    expect(loadChanged(changes).ok).toBe(false)
  })

  it('when the target takes writes before the point of no return, and when settle cannot be undone', () => {
    expect(
      told([
        ['      pointOfNoReturn: true\n', ''],
        ['step: smoke-test\n', 'step: restart-services\n      id: last\n'],
        [/with:\n {8}service: orders\n {8}requests[\s\S]*?column: id\n/, 'with: { services: [orders] }\n'],
        ['budget: 6m', 'budget: 2h'],
      ]),
    ).toEqual([
      [
        'allow-writes',
        'warning: `allow-writes` lets the target take writes before the point of no return: an undo after it would leave them behind.',
      ],
      [
        'remove-sync',
        'warning: `remove-sync` cannot be undone, and nothing is marked as the point of no return: an undo of the run would walk back around it.',
      ],
    ])
  })
})

describe('a window is refused', () => {
  it.each([
    [
      'that ends before it begins',
      window('2026-11-22T04:00:00Z', '2026-11-22T03:00:00Z'),
      '`notAfter` is not after `notBefore`.',
    ],
    [
      'that compares wrongly written offsets',
      window('2026-11-22T03:00:00Z', '2026-11-22T04:00:00+08:00'),
      '`notAfter` is not after `notBefore`.',
    ],
    [
      'that is shorter than the pause',
      window('2026-11-22T03:00:00Z', '2026-11-22T03:05:00Z'),
      'The window is 5 min 00 s long and the pause may take 6 min 00 s, so the pause could never begin.',
    ],
  ])('%s', (_name, change, message) => {
    expect(complaintsOf([change]).map((complaint) => [complaint.level, complaint.message])).toEqual([
      ['mistake', message],
    ])
  })
})

describe('warnings as text', () => {
  const changes: readonly Change[] = [['budget: 6m', 'budget: 5m'], command('')]

  it('are called so, and do not say that something was refused', () => {
    const text = formatComplaints(complaintsOf(changes), { colour: false })
    expect(text).toMatch(/^move\.yaml:\d+:\d+ {2}warning: `run-command` has nothing/)
    expect(text).toMatch(/\n\n3 warnings in move\.yaml\.\n$/)
  })

  it('are counted apart from mistakes', () => {
    const [warning] = complaintsOf(changes)
    const [mistake] = complaintsOf([['name: stop-write', 'nam: stop-write']])
    if (!warning || !mistake) throw new Error('nothing is complained about')
    expect(countComplaints([mistake, warning, warning])).toBe('1 mistake and 2 warnings')
    expect(countComplaints([])).toBe('no mistakes')
  })
})

it('every item has a deadline, also where the playbook gives none', () => {
  const result = loadChanged([
    [/^prepare:[\s\S]*$/m, shipped.slice(shipped.search(/^prepare:/m)).replaceAll(/^ *deadline: .*\n/gm, '')],
  ])
  if (!result.ok) throw new Error(formatComplaints(result.complaints, { colour: false }))
  const items = playbookItems(result.playbook)
  expect(items.length).toBeGreaterThan(20)
  for (const item of items) {
    const deadlineMs = item.type === 'step' ? item.deadlineMs : item.timing.deadlineMs
    expect(deadlineMs, item.id).toBeGreaterThan(0)
    expect(deadlineMs, item.id).toBeLessThanOrEqual(3_600_000)
  }
})

it.each([...catalogue.steps.values()])('the undo of $kind, if it has one, can be verified', (kind) => {
  expect(typeof kind.verifyUndone).toBe(typeof kind.undo)
})
