import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditLab, startLabLoad } from '../../src/lab/lab-load.ts'
import type { Lab } from '../../src/lab/open-lab.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { waitUntilApplied } from '../../src/lab/servers/wait-until-applied.ts'
import { readWorld } from '../crash/crash-lab.ts'
import { nameOf, openJournalGate, type JournalGate } from '../crash/journal-gate.ts'
import { openTestLab, writePlaybook, writesWorkAgain } from './cutover-lab.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
/** In the pause, behind the fence's intention and before its deed. */
const heldAt = 'after step.intended fence'
const deadlineMs = 100_000

/** Two runs that come together, and a lock that is broken while its process sleeps. */
export function stolenLock(engine: ServerEngine): void {
  describe(`the locks of a run on ${engine}`, () => {
    let lab: Lab
    const children: ChildProcess[] = []
    beforeAll(async () => {
      lab = await openTestLab(engine)
    })
    afterAll(async () => {
      for (const child of children) child.kill('SIGKILL')
      await lab[Symbol.asyncDispose]()
    })

    function cutover(args: readonly string[], more: Readonly<Record<string, string>> = {}): Command {
      const command = startCommand(lab, args, more)
      children.push(command.child)
      return command
    }

    /** Starts a run that waits before its fence. */
    async function startRun(playbook: string, name: string): Promise<HeldRun> {
      let reached = (): void => undefined
      const isHeld = new Promise<void>((resolve) => (reached = resolve))
      let goOn = (): void => undefined
      const permission = new Promise<boolean>((resolve) => (goOn = () => resolve(true)))
      const gate = await openJournalGate(join(lab.directory, `tap-${name}`), (moment) => {
        if (nameOf(moment) !== heldAt) return true
        reached()
        return permission
      })
      const args = ['run', playbook, '--agree-all', '--unsupervised']
      return { ...cutover(args, { CUTOVER_JOURNAL_TAP: gate.socket }), gate, isHeld, goOn }
    }

    it(
      'one of two runs runs, and the other names it; broken while its process sleeps, it makes that process do nothing',
      async () => {
        await using load = await startLabLoad(lab, {
          seed: 5,
          writesPerSecond: 25,
          readsPerSecond: 40,
          name: 'load-stolen.jsonl',
        })
        const before = await readWorld(lab)
        const playbook = await writePlaybook(lab, { change: [['every: 1s', 'every: 100ms']] })
        const both = await Promise.all(['a', 'b'].map((name) => startRun(playbook, name)))
        await using _gates = closeAll(both.map(({ gate }) => gate))

        const refused = await Promise.race(both.map(async (each) => ({ ...(await each.ended), each })))
        const old = both.find((each) => each !== refused.each)
        if (!old) throw new Error('both runs ended')
        await old.isHeld
        const runId = /run (\d{8}-\S+) of/.exec(refused.said)?.[1] ?? ''
        expect(refused).toMatchObject({
          status: 9,
          said: expect.stringContaining('Another run works on') as string,
        })
        expect(refused.said).toContain(`pid ${old.child.pid}`)
        old.child.kill('SIGSTOP')

        const shown = await cutover(['unlock', playbook]).ended
        expect(shown.printed).toMatch(
          new RegExp(`run +${runId}[^]*step +\\S+ since[^]*cutover-lock.orders.yaml`),
        )
        const lockId = /--lock-id (\w+)/.exec(shown.printed)?.[1] ?? ''
        const reason = 'the machine of the run hangs'
        const broken = await cutover(['unlock', playbook, '--lock-id', lockId, '--reason', reason]).ended
        expect(broken).toMatchObject({
          status: 0,
          printed: expect.stringMatching(/sessions of it ended/) as string,
        })
        expect(await cutover(['undo', runId]).ended).toMatchObject({ status: 0 })
        await writesWorkAgain(lab)
        const undone = await readWorld(lab)
        expect(undone).toEqual(before)

        const journal = join(lab.directory, 'runs', runId, 'journal.jsonl')
        const written = await readFile(journal, 'utf8')
        old.child.kill('SIGCONT')
        old.goOn()
        const woken = await old.ended
        expect(await readWorld(lab)).toEqual(undone)
        expect(await readFile(journal, 'utf8')).toBe(written)
        expect(woken.status).toBe(9)
        expect(woken.said + woken.printed).not.toContain('defect of cutover-kit')

        await writesWorkAgain(lab)
        const summary = await load.stop()
        const { source, target } = lab.pair
        await waitUntilApplied(source, target, { signal: AbortSignal.timeout(30_000) })
        expect((await auditLab(lab, summary, 'source')).findings).toEqual([])
      },
      deadlineMs,
    )
  })
}

interface Command {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly status: number | null; readonly printed: string; readonly said: string }>
}

interface HeldRun extends Command {
  readonly gate: JournalGate
  readonly isHeld: Promise<void>
  readonly goOn: () => void
}

function startCommand(lab: Lab, args: readonly string[], more: Readonly<Record<string, string>>): Command {
  const common = ['--confirm', 'orders-target', '--runs', join(lab.directory, 'runs')]
  const child = spawn(process.execPath, [main, ...args, ...common], {
    env: { PATH: process.env['PATH'] ?? '', ...lab.environment, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let printed = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = once(child, 'exit').then(([status]) => ({ status: status as number | null, printed, said }))
  return { child, ended }
}

function closeAll(gates: readonly JournalGate[]): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      for (const gate of gates) await gate[Symbol.asyncDispose]()
    },
  }
}
