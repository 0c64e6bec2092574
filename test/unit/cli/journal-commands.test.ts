import { execa } from 'execa'
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatPlanFile } from '../../../src/cli/runs/plan-file.ts'
import { writeRunVariables } from '../../../src/cli/runs/run-variables.ts'
import { systemClock } from '../../../src/core/system-clock.ts'
import { loadPlaybook } from '../../../src/playbook/index.ts'
import { digestPlan } from '../../../src/runner/plan.ts'
import { openJournal } from '../../../src/runner/open-journal.ts'
import { catalogue } from '../../../src/steps/catalogue.ts'

const cutover = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

const text = `name: small
purpose: Wait for a service.
confirm: target
systems: { nacos: { kind: nacos, servers: '\${SERVERS}' } }
services:
  orders:
    document: { center: nacos, dataId: orders.yaml }
    url: http://127.0.0.1:9
    instances: [{ name: one, url: 'http://127.0.0.1:9', restart: { command: ['true'] } }]
pause: { budget: 1m, steps: [{ gate: services-healthy, with: { services: [orders] } }] }
`
const variables = { SERVERS: 'http://127.0.0.1:9' }

let runs: string
let journal: string

/** A run of the playbook above that was begun under one epoch of the lock and taken up under the next. */
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'cutover-journal-'))
  const directory = join(runs, 'night')
  await mkdir(directory)
  journal = join(directory, 'journal.jsonl')
  const loaded = loadPlaybook({ file: 'playbook.yaml', text, variables, catalogue })
  if (!loaded.ok) throw new Error('the playbook has mistakes')
  const playbookDigest = loaded.playbook.digest
  const head = { name: 'small', purpose: '', file: '', confirm: 'target', madeAt: '', pauseBudgetMs: 60_000 }
  const plan = { ...head, playbookDigest, systems: [], lines: [] }
  const digest = digestPlan(plan)
  await writeFile(join(directory, 'playbook.yaml'), text)
  await writeRunVariables(directory, variables)
  await writeFile(join(directory, 'plan.json'), formatPlanFile({ ...plan, ok: true, errors: [], digest }))
  const begun = { type: 'run.started', format: 1, runId: 'night', playbook: 'small', kit: '1.0.0' } as const
  const common = { directory, clock: systemClock }
  {
    await using store = await openJournal({ ...common, actor: 'anna@jump', epoch: 4 })
    await store.append({ ...begun, playbookDigest, planDigest: digest })
    await store.append({ type: 'phase.started', phase: 'pause' })
  }
  await using store = await openJournal({ ...common, actor: 'ben@jump', epoch: 5 })
  await store.append({ type: 'run.resumed', by: 'operator' })
})
afterEach(() => rm(runs, { recursive: true, force: true }))

function call(...args: readonly string[]): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
  const all = [cutover, 'journal', ...args, '--runs', runs]
  return execa(process.execPath, all, { reject: false, stdin: 'ignore', env: { SERVERS: 'http://other' } })
}

async function changeFile(file: string, from: string | RegExp, to: string): Promise<void> {
  const before = await readFile(file, 'utf8')
  const after = before.replace(from, to)
  expect(after).not.toBe(before)
  await writeFile(file, after)
}

describe('journal verify', () => {
  it('says what a whole journal holds, with its epochs and its last hash', async () => {
    const { exitCode, stdout, stderr } = await call('verify')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^entries +3, \S+Z to \S+Z \(\d+ ms\)$/m)
    expect(stdout).toMatch(/^epoch 4 +from entry 1 on, anna@jump\nepoch 5 +from entry 3 on, ben@jump$/m)
    expect(stdout).toMatch(
      /^playbook +as it was when the run began\nplan +as it was agreed to, [0-9a-f]{64}$/m,
    )
    expect(stdout).toMatch(/^last hash +[0-9a-f]{64}$/m)
  })

  it('changes nothing, also not a last line that was cut off', async () => {
    await appendFile(journal, '{"seq":4,"at":"20')
    const before = await readFile(journal)
    const { exitCode, stdout } = await call('verify', 'night')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^torn +17 bytes of a last line that was cut off/m)
    expect(await readFile(journal)).toEqual(before)
  })

  it('warns when others may read it', async () => {
    await chmod(journal, 0o644)
    const { exitCode, stderr } = await call('verify')
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(/warning: others may read .*journal\.jsonl \(mode 644\)\n {2}next: chmod 600 /)
  })

  it.each<[string, (lines: string[]) => void, RegExp]>([
    [
      'a changed line',
      (lines) => lines.splice(1, 1, (lines[1] ?? '').replace('pause', 'settle')),
      /journal\.jsonl:3\)?/,
    ],
    ['a lost line', (lines) => lines.splice(1, 1), /journal\.jsonl:2\)?/],
    [
      'two lines that changed places',
      (lines) => lines.splice(0, 2, lines[1] ?? '', lines[0] ?? ''),
      /journal\.jsonl:1\)?/,
    ],
    ['a line that is no JSON', (lines) => lines.splice(2, 1, 'oops'), /journal\.jsonl:3\)?/],
    [
      'an unknown kind',
      (lines) => lines.splice(2, 1, (lines[2] ?? '').replace('run.resumed', 'moon.rose')),
      /unknown kind: moon\.rose.*journal\.jsonl:3\)?/,
    ],
    [
      'a runner that had lost the lock',
      (lines) => lines.splice(2, 1, (lines[2] ?? '').replace('"epoch":5', '"epoch":3')),
      /its epoch is 3, and the lock was at 4 already .*journal\.jsonl:3\)?/,
    ],
    [
      'a beginning that is none',
      (lines) => lines.splice(0, 1, (lines[0] ?? '').replace('run.started', 'operator.note')),
      /journal\.jsonl:[12]\)?/,
    ],
  ])('refuses %s with status 3 and its place', async (_what, change, place) => {
    const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n')
    change(lines)
    await writeFile(journal, `${lines.join('\n')}\n`)
    const { exitCode, stdout, stderr } = await call('verify')
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' })
    expect(stderr).toMatch(place)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it.each([
    [
      'playbook.yaml',
      'budget: 1m',
      'budget: 2m',
      /it is not the playbook that the journal names .*playbook\.yaml/,
    ],
    ['playbook.yaml', 'budget: 1m', 'budget: 1', /it has mistakes now .*playbook\.yaml/],
    ['variables.json', '127.0.0.1:9', '127.0.0.1:8', /it is not the playbook that the journal names/],
    ['plan.json', '60000', '70000', /it was changed after it was written .*plan\.json/],
  ])('refuses a %s that was edited (%s → %s)', async (name, from, to, says) => {
    await changeFile(join(runs, 'night', name), from, to)
    const { exitCode, stderr } = await call('verify')
    expect(stderr).toMatch(says)
    expect(exitCode).toBe(3)
  })

  it('does not mind a comment in the playbook', async () => {
    await changeFile(join(runs, 'night', 'playbook.yaml'), 'name:', '# a remark\nname:')
    expect(await call('verify')).toMatchObject({ exitCode: 0 })
  })
})

describe('journal show', () => {
  it('prints one line an entry', async () => {
    const { exitCode, stdout } = await call('show')
    expect(exitCode).toBe(0)
    expect(stdout.split('\n').map((line) => line.replace(/\S+ \S+Z/, 'T').trim())).toEqual([
      '1  T  run.started        night of small, kit 1.0.0, by anna@jump',
      '2  T  phase.started      pause',
      '3  T  run.resumed        by ben@jump',
    ])
  })

  it('prints the entries themselves as JSON', async () => {
    const { stdout } = await call('show', '--json')
    expect(stdout.split('\n').map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      'run.started',
      'phase.started',
      'run.resumed',
    ])
  })
})
