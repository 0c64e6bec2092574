import { execa } from 'execa'
import { access, chmod, chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startNacosServer, type RunningNacos } from '../../src/lab/center/start-nacos-server.ts'
import { keys, startAtTerminal } from './at-terminal.ts'
import { cutover } from './rehearse.ts'

/*
 * A playbook that touches files only, so that people can be tried without a database: `mark` can be walked back, `needs`
 * fails until there is a file, the service is never healthy.
 */
const playbook = (directory: string, gate: string): string => `
name: small-move
purpose: Touch files.
confirm: small-target
systems:
  center: { kind: nacos, servers: '${nacos.url}' }
services:
  pager:
    document: { center: center, dataId: pager.yaml }
    url: http://127.0.0.1:9
    instances: [{ name: pager-1, url: 'http://127.0.0.1:9', restart: { command: ['true'] } }]
prepare:
  - step: run-command
    id: mark
    with:
      command: [touch, ${directory}/mark]
      verify: [test, -e, ${directory}/mark]
      undo: [rm, -f, ${directory}/mark]
  ${gate}
pause:
  budget: 120s
  steps:
    - step: run-command
      id: needs
      with:
        command: [cat, ${directory}/needed]
        verify: [test, -e, ${directory}/needed]
        undo: ['true']
settle:
  - gate: services-healthy
    deadline: 1s
    with: { services: [pager] }
`
const secondPerson =
  '- { gate: operator-agrees, id: go, deadline: 3s, with: { question: Begin?, secondPerson: true, approvalValidFor: 1h } }'

let directory: string
let nacos: RunningNacos
beforeEach(async () => {
  nacos = await startNacosServer({ flavour: '3.1' })
  directory = await mkdtemp(join(tmpdir(), 'cutover-people-'))
  await chmod(directory, 0o777) // the second person writes here
})
afterEach(async () => {
  await nacos[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

async function writePlaybook(gate = ''): Promise<string> {
  const file = join(directory, 'small.yaml')
  await writeFile(file, playbook(directory, gate))
  return file
}

const there = (name: string): Promise<boolean> =>
  access(join(directory, name)).then(
    () => true,
    () => false,
  )

async function journal(): Promise<string> {
  const [run] = await readdir(join(directory, 'runs'))
  return readFile(join(directory, 'runs', run ?? 'none', 'journal.jsonl'), 'utf8')
}

/** A run at a terminal, and somebody who types when a text is on the screen, counted from what was typed before. */
function runAtTerminal(file: string) {
  const terminal = startAtTerminal(['run', file, '--runs', join(directory, 'runs')], {})
  let read = 0
  const sees = (wanted: string): Promise<void> =>
    expect.poll(() => terminal.screen().slice(read), { timeout: 20_000 }).toContain(wanted)
  return {
    shown: () => terminal.screen(),
    ended: terminal.ended,
    sees,
    async typeAt(wanted: string, typed: string) {
      await sees(wanted)
      read = terminal.screen().length
      terminal.press(typed)
    },
  }
}

describe('somebody at the terminal', () => {
  it('puts a failure right, says so, leaves out what may be left out, and the run completes', async () => {
    const run = runAtTerminal(await writePlaybook())
    await run.typeAt('Type small-target', `small-target${keys.enter}`)
    // Said too soon, it is looked at and asked again.
    await run.typeAt('Stop here', keys.down.repeat(2) + keys.enter)
    await run.sees('needs ran, but')
    expect(run.shown()).toMatch(/Users are waiting since \d\d:\d\d:\d\d; the pause is to be over by/)
    expect(run.shown()).not.toContain('Leave it out and go on')
    await writeFile(join(directory, 'needed'), '')
    await run.typeAt('Stop here', keys.down.repeat(2) + keys.enter)
    await run.sees('services-healthy failed')
    await run.typeAt('Leave it out and go on', keys.down.repeat(2) + keys.enter)
    await run.typeAt('Why Leave it out', `the pager moves next week${keys.enter}`)
    expect(await run.ended).toBe(0)
    expect(run.shown()).toContain('except what was left out: services-healthy')
    expect(await journal()).toContain('"reason":"the pager moves next week"')
  })

  it('does nothing with Enter, and stops the run with status 5 when that is chosen', async () => {
    const run = runAtTerminal(await writePlaybook())
    await run.typeAt('Type small-target', `small-target${keys.enter}`)
    await run.typeAt('Stop here', keys.enter)
    await run.typeAt('Stop here', keys.down.repeat(4) + keys.enter)
    expect(await run.ended).toBe(5)
    expect(await there('mark')).toBe(true)
  })

  it('gives no answer with Ctrl-C, and what the playbook says happens', async () => {
    const run = runAtTerminal(await writePlaybook())
    await run.typeAt('Type small-target', `small-target${keys.enter}`)
    await run.typeAt('Stop here', keys.ctrlC)
    expect(await run.ended).toBe(7)
    expect(await there('mark')).toBe(false)
  })
})

/** Root takes another number; everybody else has only his own, and is then the runner himself. */
const somebodyElse = process.getuid?.() === 0 ? 4711 : undefined

function call(args: readonly string[], uid?: number) {
  const options = { reject: false, stdin: 'ignore', cwd: directory, ...(uid && { uid, gid: uid }) } as const
  return execa(process.execPath, [cutover, ...args], options)
}

describe('a gate that wants a second person', () => {
  const runArgs = ['--confirm', 'small-target', '--agree', 'go']

  it('takes the approval of somebody else, and not one of who runs it', async () => {
    const file = await writePlaybook(secondPerson)
    await writeFile(join(directory, 'needed'), '')
    expect(await call(['plan', file, '--out', 'plan.json'])).toMatchObject({ exitCode: 0 })
    const approve = ['approve', 'plan.json', '--out', 'approval.json', '--confirm', 'small-target']
    expect(await call(approve, somebodyElse)).toMatchObject({ exitCode: 0 })
    const ended = await call(['run', file, ...runArgs, '--approval', 'approval.json'])
    if (somebodyElse === undefined) {
      expect(ended).toMatchObject({
        exitCode: 10,
        stderr: expect.stringContaining('belongs to whoever') as string,
      })
    } else {
      // The service is never healthy, so it stops at its end; what counts here is that it began.
      expect(ended.exitCode).toBe(4)
      expect(await journal()).toMatch(
        /agreed: .*second person [^ ]+ \(uid 4711\) approved plan [0-9a-f]{64} at/,
      )
    }
  })

  it('says no when nobody approves, and everything is walked back', async () => {
    const ended = await call(['run', await writePlaybook(secondPerson), ...runArgs])
    expect(ended.exitCode).toBe(10)
    expect(ended.stderr).toMatch(/cutover approve PLAN_FILE --out FILE/)
    expect(ended.stdout).toMatch(/no answer is a no: .*no second person has approved this plan/)
    expect(await there('mark')).toBe(false)
  })

  it('does not take an approval of a plan that was changed by hand', async () => {
    await call(['plan', await writePlaybook(secondPerson), '--out', 'plan.json'])
    const plan = join(directory, 'plan.json')
    await writeFile(plan, (await readFile(plan, 'utf8')).replace('touch ', 'true '))
    if (somebodyElse) await chown(plan, somebodyElse, somebodyElse)
    const ended = await call(
      ['approve', plan, '--out', 'approval.json', '--confirm', 'small-target'],
      somebodyElse,
    )
    expect(ended).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('it was changed after') as string,
    })
    expect(await there('approval.json')).toBe(false)
  })

  it('does not have its plan approved over a file that is there already, or without an answer', async () => {
    await call(['plan', await writePlaybook(secondPerson), '--out', 'plan.json'])
    await writeFile(join(directory, 'taken.json'), '')
    const taken = ['approve', 'plan.json', '--out', 'taken.json', '--confirm', 'small-target']
    expect(await call(taken, somebodyElse)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('something of this name is there already') as string,
    })
    expect(await call(['approve', 'plan.json', '--out', 'new.json'], somebodyElse)).toMatchObject({
      exitCode: 10,
    })
    expect(await there('new.json')).toBe(false)
  })
})
