import { describe, expect, it } from 'vitest'
import { changed, complaintsOf, goodText, told, underlined } from './sample.ts'

type Case = readonly [
  name: string,
  from: string | RegExp,
  to: string,
  complaints: readonly (readonly [string, string])[],
]

const mistakes: readonly Case[] = [
  [
    'a misspelt key',
    'host: ${SOURCE_HOST}',
    'hots: x',
    [['hots', '`hots` is not a key of `source`. Did you mean `host`?']],
  ],
  ['a key that nothing knows', 'confirm:', 'colour: red\nconfirm:', [['colour', '`colour` is not a key.']]],
  ['a missing field', '    host: ${SOURCE_HOST}\n', '', [['source', '`host` is missing in `source`.']]],
  ['a missing top-level key', 'confirm: orders-target\n', '', [['name', '`confirm` is missing.']]],
  ['a field without a value', 'host: ${SOURCE_HOST}', 'host:', [['host', '`host` has no value.']]],
  ['an empty text', 'host: ${SOURCE_HOST}', "host: ''", [["''", '`host` must not be empty.']]],
  [
    'a number where text is wanted',
    'user: admin',
    'user: 12',
    [['12', '`user` must be text, not a number.']],
  ],
  [
    'a list where a map is wanted',
    'with: { services: [orders] }',
    'with: []',
    [['with', '`with` must be a map of keys, not a list.']],
  ],
  [
    'text where a list is wanted',
    'tables: [{ schema: orders }]',
    'tables: orders',
    [['orders', '`tables` must be a list, not text.']],
  ],
  [
    'a list that is empty',
    'tables: [{ schema: orders }]',
    'tables: []',
    [['tables', '`tables` needs at least 1 entry.']],
  ],
  [
    'a word that is none of the choices',
    'tables: [{',
    'rights: read-olny\n      tables: [{',
    [['read-olny', '`rights` must be `read-only` or `read-write`. Did you mean `read-only`?']],
  ],
  [
    'a port that is out of range',
    '${TARGET_PORT:-3307}',
    '70000',
    [['70000', '`port` must be at most 65535.']],
  ],
  [
    'an unknown kind of system',
    'kind: nacos',
    'kind: nacoss',
    [['nacoss', '`kind` has none of the known values. Did you mean `nacos`?']],
  ],
  ['a system without a kind', '    kind: nacos\n', '', [['nacos', '`kind` is missing in `nacos`.']]],
  [
    'a name that cannot be one',
    /\btarget:/,
    '9target:',
    [
      ['9target', 'The name `9target` must be letters, digits, - and _, beginning with a letter.'],
      ['target', 'There is no database `target`. Did you mean `9target`?'],
      ['target', 'There is no database `target`. Did you mean `9target`?'],
      ['target', 'There is no database `target`. Did you mean `9target`?'],
    ],
  ],
  [
    'a form that none of the forms is',
    "{ command: ['${RESTART}', 'orders-1'] }",
    '{}',
    [['restart', '`restart` needs one of `command`, `request`.']],
  ],
  [
    'a form that is misspelt',
    'restart: { command:',
    'restart: { comand:',
    [['comand', '`comand` is not a key of `restart`. Did you mean `command`?']],
  ],
  [
    'a mistake deep in one form',
    "{ command: ['${RESTART}', 'orders-1'] }",
    '{ request: PUSH http://x }',
    [['PUSH http://x', '`request` must be METHOD http://….']],
  ],
  [
    'an address in a form of its own',
    'port: ${TARGET_PORT:-3307}',
    'serviceAddress: nowhere',
    [['nowhere', '`serviceAddress` must be host:port.']],
  ],

  [
    'an unknown step',
    'step: create-account',
    'step: creat-account',
    [['creat-account', 'There is no step `creat-account`. Did you mean `create-account`?']],
  ],
  [
    'a gate written as a step',
    /gate: caught-up\n {4}with/,
    'step: caught-up\n    with',
    [
      ['every', '`every` is not a key.'],
      ['goodReadings', '`goodReadings` is not a key.'],
      ['caught-up', '`caught-up` is a gate, not a step.'],
    ].sort((a, b) => (a[0] === 'caught-up' ? -1 : b[0] === 'caught-up' ? 1 : 0)) as [string, string][],
  ],
  [
    'an item that is step and gate',
    '- step: create-account',
    '- step: create-account\n    gate: caught-up',
    [['gate', 'An item is a step or a gate, not both.']],
  ],
  [
    'an item that is neither',
    '- step: create-account\n    with:',
    '- stp: create-account\n    with:',
    [['stp', 'An item begins with `step` or `gate`. Did you mean `step`?']],
  ],
  ['an item that is only a word', 'settle:\n', 'settle:\n  - tell\n', [['tell', 'A step or gate is a map.']]],
  [
    'settings that are left out',
    '      with: { database: target }\n',
    '',
    [['open-target', '`database` is missing in `with`.']],
  ],
  [
    'settings without a value',
    'with: { database: target }',
    'with:',
    [['with', '`database` is missing in `with`.']],
  ],
  ['two items of one name', '    id: tell-done\n', '', [['tell', 'Two items are called `tell`.']]],
  [
    'two items with one id',
    'id: tell-done',
    'id: caught-up-again',
    [['caught-up-again', 'Two items are called `caught-up-again`.']],
  ],
  [
    'an id that is no name',
    'id: tell-done',
    'id: Tell Done',
    [['Tell Done', '`id` must be lower-case words joined by -, such as caught-up-before.']],
  ],

  [
    'a misspelt database',
    'database: target',
    'database: targte',
    [['targte', 'There is no database `targte`. Did you mean `target`?']],
  ],
  [
    'a sync task instead of a database',
    'database: target',
    'database: sync',
    [['sync', '`sync` is a sync task, but a database is needed here.']],
  ],
  [
    'a misspelt service',
    'services: [orders]',
    'services: [order]',
    [['order', 'There is no service `order`. Did you mean `orders`?']],
  ],
  [
    'a misspelt config center',
    'document: { center: nacos',
    'document: { center: nacoz',
    [['nacoz', 'There is no config center `nacoz`. Did you mean `nacos`?']],
  ],
  [
    'a notice nowhere',
    'notice: { center: nacos',
    'notice: { center: target',
    [['target', '`target` is a database, but a config center is needed here.']],
  ],
  [
    'a sync task from nowhere',
    'from: source',
    'from: sorce',
    [['sorce', 'There is no database `sorce`. Did you mean `source`?']],
  ],
  [
    'a sync task in a circle',
    'from: source',
    'from: target',
    [['target', '`from` and `to` are the same database.']],
  ],

  ['a time without its unit', 'budget: 90s', 'budget: 90', [['90', '`budget` needs a time with its unit.']]],
  [
    'a time with an unknown unit',
    'budget: 90s',
    'budget: 90 sec',
    [['90 sec', '`budget` must be a duration with its unit, such as 200ms, 30s, 5m.']],
  ],
  [
    'a time that is no time',
    'deadline: 30s',
    'deadline: 0s',
    [['0s', '`deadline` must be longer than nothing.']],
  ],
  [
    'a time that no timer can hold',
    'deadline: 30s',
    'deadline: 1000h',
    [['1000h', '`deadline` must be at most 168h (seven days).']],
  ],
  [
    'readings that do not fit',
    'goodReadings: 2',
    'goodReadings: 500',
    [['caught-up', '500 good readings in a row do not fit into the deadline of `caught-up`.']],
  ],

  [
    'a second point of no return',
    'with: { services: [orders] }\n\n',
    'with: { services: [orders] }\n      pointOfNoReturn: true\n\n',
    [['pointOfNoReturn', 'A playbook has at most one point of no return.']],
  ],
  [
    'a point of no return in the wrong phase',
    'id: tell-done',
    'id: tell-done\n    pointOfNoReturn: true',
    [['pointOfNoReturn', 'The point of no return cannot be in settle.']],
  ],
  [
    'a final step before the point of no return',
    '      pointOfNoReturn: true\n',
    '',
    [
      [
        'open-target',
        '`open-target` cannot be undone (the target may hold new rows), but a later failure would walk back over it.',
      ],
    ],
  ],
  [
    'an undo after the point of no return',
    'onFailure: stop',
    'onFailure: undo',
    [['undo', 'From the point of no return on nothing is walked back.']],
  ],
  [
    'a point of no return on a gate',
    'id: caught-up-again',
    'id: caught-up-again\n      pointOfNoReturn: true',
    [['pointOfNoReturn', '`pointOfNoReturn` is not a key.']],
  ],
  [
    'a step that needs a notice',
    /notice: .*\n/,
    '',
    [
      ['tell', '`tell` needs `notice`, which this playbook does not have.'],
      ['tell', '`tell` needs `notice`, which this playbook does not have.'],
    ],
  ],
  [
    'a pause without steps',
    /steps:[\s\S]*(?=\nsettle)/,
    'steps: []\n',
    [['steps', '`steps` needs at least 1 entry.']],
  ],

  [
    'a key written twice',
    'user: admin',
    'user: admin\n    user: other',
    [['user', '`user` is written twice in the same map.']],
  ],
  [
    'a quote that does not end',
    'confirm: orders-target',
    "confirm: 'orders-target",
    [["'", 'This quote or bracket is not closed.']],
  ],
  ['a tab', '  source:', '\tsource:', []],
  ['two documents', 'settle:', '---\nsettle:', [['---', 'A file holds one playbook.']]],
  ['another YAML', /^/, '%YAML 1.1\n---\n', [['%', 'Playbooks are YAML 1.2.']]],
]

describe('a complaint is made about', () => {
  it.each(mistakes)('%s', (_name, from, to, expected) => {
    const text = changed(from, to)
    if (expected.length === 0) expect(complaintsOf(text).length).toBeGreaterThan(0)
    else expect(underlined(text)).toEqual(expected)
  })

  it('a text that is empty, or no map', () => {
    expect(told('')).toEqual(['1:1 The playbook is empty.'])
    expect(told('# only a comment')).toEqual(['1:1 The playbook is empty.'])
    expect(told('- a')).toEqual(['1:1 The playbook must be a map of keys, not a list.'])
    expect(told('just words')).toEqual(['1:1 The playbook must be a map of keys, not text.'])
  })
})

it('all mistakes are told at once, in the order of the file', () => {
  const text = changed('host: ${SOURCE_HOST}', 'hots: x')
    .replace('from: source', 'from: sorce')
    .replace('step: create-account', 'step: create')
    .replace('budget: 90s', 'budget: 90')
    .replace('onFailure: stop', 'onFailure: retry')
  expect(told(text).map((line) => line.replace(/^\d+:\d+ /, ''))).toEqual([
    '`hots` is not a key of `source`. Did you mean `host`?',
    'There is no database `sorce`. Did you mean `source`?',
    'There is no step `create`.',
    '`budget` needs a time with its unit.',
    '`onFailure` must be `undo` or `stop`.',
  ])
})

it('a mistake is told in the file of Windows at the same place', () => {
  const text = changed('from: source', 'from: sorce')
  expect(told(text.replaceAll('\n', '\r\n'))).toEqual(told(text))
})

it('the hint says what belongs there, or where the other one is', () => {
  const hintOf = (from: string, to: string): string | undefined => complaintsOf(changed(from, to))[0]?.hint
  expect(hintOf('    host: ${SOURCE_HOST}\n', '')).toBe('Host name or address as the runner reaches it.')
  expect(hintOf('budget: 90s', 'budget: 90')).toBe('Write 90s; the units are ms, s, m and h.')
  expect(hintOf('user: admin', 'user: 12')).toBe('Put it in quotes.')
  expect(hintOf('id: tell-done', 'id: caught-up')).toMatch(
    /^The other one is on line 35\. Give one of them its own id/,
  )
  expect(goodText.split('\n')[34]).toContain('gate: caught-up')
})
