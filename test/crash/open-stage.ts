import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLab, type Lab } from '../../src/lab/open-lab.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { playbooks } from '../integration/cutover-lab.ts'
import { readWorld, resetLab } from './crash-lab.ts'
import type { CrashStage } from './crash-round.ts'
import { runUntil } from './run-until.ts'

export type OpenStage = CrashStage & AsyncDisposable

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
    const files = await writePlaybooks(lab)
    const before = await readWorld(lab)
    const whole = await runUntil(lab, ['run', files.playbook, '--agree-all', '--unsupervised'])
    if (whole.exitCode !== 0) throw new Error(`the run that nobody killed failed: ${whole.said}`)
    const completed = await readWorld(lab)
    await resetLab(lab, before)
    const { moments } = whole
    return {
      lab,
      ...files,
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

/**
 * A second between two looks is for people; the matrix has hundreds of rounds. On a machine with much else to do, the
 * pause and its waits take long, and that is not what is tested here.
 */
async function writePlaybooks(lab: Lab): Promise<Pick<CrashStage, 'playbook' | 'undoPlaybook'>> {
  const text = (await readFile(join(playbooks, 'stop-write.yaml'), 'utf8'))
    .replace('budget: 2m', 'budget: 3h')
    .replace(/deadline: (\d+)s/g, (_, seconds) => `deadline: ${seconds}0s`)
    // Between the two samples of the counters, where the playbook leaves it to the gate.
    .replace('        credentials: {', '        samplesApart: 50ms\n        credentials: {')
    .replaceAll('every: 1s', 'every: 50ms')
    .replaceAll('every: 100ms', 'every: 50ms')
  const files = {
    playbook: join(lab.directory, 'playbook.yaml'),
    undoPlaybook: join(lab.directory, 'undo-playbook.yaml'),
  }
  await writeFile(files.playbook, text)
  await writeFile(files.undoPlaybook, text.replace('budget: 3h', 'budget: 3h\n  onCrash: undo'))
  return files
}
