import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { loadPlaybook, variablesOf } from '../../../src/playbook/index.ts'
import { catalogue } from '../../../src/steps/catalogue.ts'

type Change = readonly [from: string | RegExp, to: string]

/** What is said about a shipped playbook with some places changed; each must be there. */
function told(name: string, changes: readonly Change[]): readonly string[] {
  let text = readFileSync(new URL(`../../../playbooks/${name}.yaml`, import.meta.url), 'utf8')
  for (const [from, to] of changes) {
    const changed = text.replace(from, () => to)
    if (changed === text) throw new Error(`nothing to replace: ${String(from)}`)
    text = changed
  }
  const variables = Object.fromEntries([...variablesOf(text).keys()].map((one) => [one, 'http://x']))
  const ports = { SOURCE_PORT: '1', TARGET_PORT: '1' }
  const result = loadPlaybook({ file: 'x.yaml', text, variables: { ...variables, ...ports }, catalogue })
  const said = result.ok ? result.warnings : result.complaints
  return said.map(({ level, message }) => `${level}: ${message}`)
}

const hot = (...changes: readonly Change[]): readonly string[] => told('stop-write-hot', changes)
const step = (id: string): RegExp => new RegExp(`    - step: [a-z-]+\\n {6}id: ${id}\\n(?: {6}.*\\n)*`)
const readyGate = /  - gate: instances-ready\n(?: {4}.*\n)*/
const hotLine = '    hot: { token: env:ORDERS_STATUS_TOKEN }\n'
const names = 'orders live, and nothing says how its processes are asked.'

it('has nothing to say about hold, fence, proof, allow and release in this order', () => {
  expect(hot()).toEqual([])
})

it('wants to know how processes are asked, at each item that asks them', () => {
  expect(hot([hotLine, ''])).toEqual(
    ['stage-datasource', 'announce-armed', 'instances-ready', 'hold', 'release', 'retire-datasource'].map(
      (id) => `mistake: \`${id}\` switches ${names}`,
    ),
  )
})

it('wants to know how a service is restarted, where it is', () => {
  const restart: Change = [
    'pause:\n  budget: 2m\n  steps:\n',
    'pause:\n  budget: 2m\n  steps:\n    - step: restart-services\n      with: { services: [orders] }\n      deadline: 20s\n',
  ]
  expect(hot(restart)).toEqual([
    'mistake: `restart-services` restarts the instances of orders, and 2 of them do not say how.',
  ])
})

it('wants to know how a service is restarted where an undo does it, and only before the point of no return', () => {
  const early: Change = [
    'prepare:\n',
    'prepare:\n  - step: switch-config\n    id: too-early\n    with: { service: orders, datasource: { database: target, user: u, password: env:X } }\n',
  ]
  expect(hot(early)).toEqual([
    'mistake: When it is undone, `too-early` restarts the instances of orders, and 2 of them do not say how.',
  ])
})

it('takes instances that are found for instances, and still wants a list where one is restarted', () => {
  const found: readonly Change[] = [
    [
      / {4}# Every process of the service, not[\s\S]*?orders-2\n.*\n/,
      '    find: { command: [list-orders] }\n',
    ],
  ]
  expect(hot(...found)).toEqual([])
  expect(
    told('stop-write', [[/    instances:\n(?: {6}.*\n)*/, '    find: { command: [list-orders] }\n']]),
  ).toEqual(
    expect.arrayContaining([
      'mistake: `restart-read-only` restarts the instances of orders, and none is listed.',
    ]),
  )
})

it('wants instances or a way to find them', () => {
  expect(told('stop-write', [[/    instances:\n(?: {6}.*\n)*/, '']]).join()).toContain(
    'a service needs instances, or find to find them',
  )
})

it.each<[string, readonly Change[], string]>([
  [
    'held writes that nothing releases',
    [[step('release'), '']],
    'warning: `hold` holds writes, and no later step lets them go on: every one of them will be answered "upgrading".',
  ],
  [
    'a hold that nobody was asked about',
    [[readyGate, '']],
    'warning: `hold` holds writes, and no gate before it looks whether every process has its next datasource open.',
  ],
  [
    'a release of writes that nothing held',
    [[step('hold'), '']],
    'warning: `release` lets processes write to the target, and no earlier step held their writes: they meet the fence until then.',
  ],
])('warns of %s', (_what, changes, warning) => {
  expect(hot(...changes)).toEqual([warning])
})

it('refuses a release that could be walked back over', () => {
  const text = readFileSync(new URL('../../../playbooks/stop-write-hot.yaml', import.meta.url), 'utf8')
  const release = step('release').exec(text)?.[0] ?? ''
  const moved = hot([release, ''], ['    # The point of no return', `${release}    # The point of no return`])
  expect(moved).toEqual([
    'mistake: `release` cannot be undone (services write to the target from here on), but a later failure would walk back over it.',
  ])
})
