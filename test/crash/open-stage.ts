import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLab, type Lab } from '../../src/lab/open-lab.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { playbooks } from '../integration/cutover-lab.ts'
import { readWorld, resetLab } from './crash-lab.ts'
import type { CrashMode } from './crash-modes.ts'
import type { CrashStage } from './crash-round.ts'
import { runUntil } from './run-until.ts'

export type OpenStage = CrashStage & AsyncDisposable

/** Opens a lab and has one run in it that nobody kills: what it leaves and reports is the measure for the others. */
export async function openStage(engine: ServerEngine, mode: CrashMode): Promise<OpenStage> {
  const lab = await openLab({
    engine,
    rows: 1000,
    seed: 7,
    sharedAccount: false,
    hot: mode.name === 'hot',
    signal: AbortSignal.timeout(180_000),
    say: () => undefined,
  })
  try {
    const files = await writePlaybooks(lab, mode)
    const before = await readWorld(lab)
    const whole = await runUntil(lab, ['run', files.playbook, '--agree-all', '--unsupervised'])
    if (whole.exitCode !== 0) throw new Error(`the run that nobody killed failed: ${whole.said}`)
    const completed = await readWorld(lab)
    await resetLab(lab, before)
    const { moments } = whole
    return {
      lab,
      ...files,
      load: mode.load,
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
async function writePlaybooks(
  lab: Lab,
  { playbook, changes }: CrashMode,
): Promise<Pick<CrashStage, 'playbook' | 'undoPlaybook'>> {
  const shipped = await readFile(join(playbooks, playbook), 'utf8')
  const text = changed(shipped, [
    [/budget: .*/, () => 'budget: 3h'],
    [/deadline: (\d+)s/g, (written) => written.replace(/s$/, '0s')],
    ...changes,
  ])
  const wantsUndo = changed(text, [[/budget: 3h/, (written) => `${written}\n  onCrash: undo`]])
  const files = {
    playbook: join(lab.directory, 'playbook.yaml'),
    undoPlaybook: join(lab.directory, 'undo-playbook.yaml'),
  }
  await writeFile(files.playbook, text)
  await writeFile(files.undoPlaybook, wantsUndo)
  return files
}

/** A change that finds nothing to change would quietly test something else. */
function changed(
  text: string,
  changes: readonly (readonly [from: RegExp, to: (written: string) => string])[],
): string {
  return changes.reduce((now, [from, to]) => {
    const next = now.replace(from, to)
    if (next === now) throw new Error(`the playbook has no ${String(from)}`)
    return next
  }, text)
}
