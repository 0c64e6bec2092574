import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLab } from '../../src/lab/open-lab.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { playbooks } from '../integration/cutover-lab.ts'
import { readWorld, resetLab } from './crash-lab.ts'
import type { Stage } from './crash-round.ts'
import { runUntil } from './run-until.ts'

export type OpenStage = Stage & AsyncDisposable

/** Opens a lab and has one run in it that nobody kills: what it leaves and reports is the measure for the others. */
export async function openStage(engine: ServerEngine): Promise<OpenStage> {
  const lab = await openLab({
    engine,
    rows: 1000,
    seed: 7,
    sharedAccount: false,
    signal: AbortSignal.timeout(180_000),
    say: () => undefined,
  })
  try {
    const playbook = join(lab.directory, 'playbook.yaml')
    const text = await readFile(join(playbooks, 'stop-write.yaml'), 'utf8')
    // A second between two looks is for people; the matrix has hundreds of rounds. On a machine with much else to do,
    // the pause and its waits take long, and that is not what is tested here.
    const patient = text
      .replace('budget: 6m', 'budget: 20m')
      .replace(/deadline: (\d+)s/g, (_, seconds) => `deadline: ${seconds}0s`)
    await writeFile(playbook, patient.replace('every: 1s', 'every: 100ms'))
    const before = await readWorld(lab)
    const whole = await runUntil(lab, ['run', playbook, '--agree-all'])
    if (whole.exitCode !== 0) throw new Error(`the run that nobody killed failed: ${whole.said}`)
    const completed = await readWorld(lab)
    await resetLab(lab, before)
    const { moments } = whole
    return {
      lab,
      playbook,
      before,
      completed,
      moments,
      [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
    }
  } catch (error) {
    await lab[Symbol.asyncDispose]()
    throw error
  }
}
