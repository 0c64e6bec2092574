import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CutoverError } from '../../core/errors.ts'
import type { Playbook } from '../../core/playbook.ts'
import type { Audit } from '../../lab/audit/types.ts'
import { renderAudit } from '../../lab/audit/render-audit.ts'
import type { OpenCenter } from '../../lab/center/lab-center.ts'
import { labCenters } from '../../lab/center/lab-centers.ts'
import { openLab, type Lab } from '../../lab/open-lab.ts'
import { renderReport } from '../../report/render-report.ts'
import { readJournal } from '../../runner/read-journal.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { listenForStop } from '../people/listen-for-stop.ts'
import { openPlaybook } from '../open-playbook.ts'
import { checkOutputFile, writeOutputFile } from '../runs/output-file.ts'
import type { RehearseOptions } from '../rehearsal/rehearse-options.ts'
import { fitFile } from '../rehearsal/fit-playbook.ts'
import { makeRehearsalResult } from '../rehearsal/rehearsal-result.ts'
import type { LabRun } from '../rehearsal/run-in-lab.ts'
import { auditEnd, runUnderLoad } from '../rehearsal/run-under-load.ts'

const shippedPlaybooks = { restart: 'stop-write.yaml', hot: 'stop-write-hot.yaml' } as const

/** The whole cutover against throw-away servers under load, and the audit of every write. */
export async function rehearse(options: RehearseOptions): Promise<ExitCode> {
  await checkOutputFile(options.json)
  using stop = listenForStop()
  const wanted = options.playbook ?? shippedPlaybook(options.mode)
  const text = await readText(wanted)
  const more = { keep: options.keep === true, ...needsOf(text), signal: stop.signal, say }
  const openCenter: OpenCenter<unknown> = labCenters[options.configCenter]
  await using lab = await openLab({ ...options, ...more }, openCenter)
  const file = await fitFile(wanted, text, lab, say)
  const playbook = await openPlaybook(file, { ...process.env, ...lab.environment })
  if (!playbook) return exitCodes.usage
  const { run, load } = await runUnderLoad(lab, file, playbook, options, stop.signal)
  const audit = await auditEnd(lab, playbook, run, load)
  await showEnd(lab, playbook, run, audit)
  const exitCode = run.exitCode === exitCodes.done && !audit.ok ? exitCodes.audit : run.exitCode
  if (options.json) {
    const result = makeRehearsalResult({ options, run, audit, exitCode })
    await writeOutputFile(options.json, `${JSON.stringify(result, null, 2)}\n`)
  }
  return exitCode as ExitCode
}

function shippedPlaybook(mode: RehearseOptions['mode']): string {
  return fileURLToPath(new URL(`../../../playbooks/${shippedPlaybooks[mode]}`, import.meta.url))
}

function say(text: string): void {
  process.stderr.write(`lab: ${text}\n`)
}

function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new CutoverError('usage', 'The playbook cannot be read', { where: file, hint: 'Check --playbook.' })
  })
}

/**
 * What the lab must bring before the playbook can be read: accounts (one per service, or one for both), a way back,
 * services whose pool can be changed live.
 */
function needsOf(text: string): { sharedAccount: boolean; reverseSync: boolean; hot: boolean } {
  return {
    sharedAccount: /\bshop_app\b/.test(text),
    reverseSync: /^reverse:/m.test(text),
    hot: /^\s*- step: hold-writes$/m.test(text),
  }
}

async function showEnd(lab: Lab<unknown>, playbook: Playbook, run: LabRun, audit: Audit): Promise<void> {
  if (run.result) {
    const entries = await readJournal(run.result.directory)
    process.stdout.write(renderReport({ playbook, entries }))
  }
  process.stdout.write(`\n${renderAudit(audit)}\n`)
  if (lab.keeps) process.stdout.write(`\nlab kept in ${lab.directory}\n`)
}
