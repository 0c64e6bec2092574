import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { CutoverError } from '../core/errors.ts'
import type { Ports, Secrets } from '../core/ports/index.ts'
import type { JournalStore } from '../core/ports/journal-store.ts'
import type { Playbook } from '../core/playbook.ts'
import { toCutoverError } from '../core/errors.ts'
import type { Redactor } from '../core/redact.ts'
import { systemClock } from '../core/system-clock.ts'
import { renderReport } from '../report/render-report.ts'
import { openJournal } from '../runner/open-journal.ts'
import { readJournal } from '../runner/read-journal.ts'
import type { RunOutcome } from '../runner/outcome.ts'
import type { RunOptions as RunnerOptions } from '../runner/run-playbook.ts'
import { catalogue } from '../steps/catalogue.ts'
import { isRestarted, takeUpArguments, type ActOptions } from './program/act-options.ts'
import { handIn } from './approvals/handed-in.ts'
import type { ExitCode } from './exit-codes.ts'
import { kitVersion } from './kit-version.ts'
import { openHelm, type Helm } from './people/open-helm.ts'
import { writeOutputFile } from './runs/output-file.ts'
import { redactor } from './redactor.ts'
import { guardPorts } from './locks/guard-ports.ts'
import { freeIfOver, holdLocks, stepOf } from './locks/hold-locks.ts'
import { createLateLock, type LateLock } from './locks/late-lock.ts'
import { endOrphans } from './locks/end-orphans.ts'
import { exitCodeOfRun } from './runs/run-exit-code.ts'
import { makeRunResult } from './runs/run-result.ts'
import type { RunLocks } from './locks/run-locks.ts'
import { readReversed } from './runs/reversed-run.ts'
import { resolveSecrets } from './resolve-secrets.ts'
import { openSecrets } from './secrets.ts'
import { tapJournal, tapVariable } from './tap-journal.ts'
import { showError } from './show-error.ts'
import { whoAmI } from './people/who-am-i.ts'
import { wirePorts } from './wire-ports.ts'
import { tellSupervisor } from './worker-channel.ts'

/** Everything a run needs, open: systems, operator, terminal. The journal is opened only when something will be done. */
export interface RunSession extends Helm {
  readonly playbook: Playbook
  readonly runId: string
  readonly directory: string
  readonly redactor: Redactor
  readonly ports: Ports
  readonly secrets: Secrets
  readonly options: ActOptions
  /** Asked before every deed, once the run holds its locks. */
  readonly lock: LateLock
}

/** @throws CutoverError `locked` when another process works on this run. */
export async function openRunSession(
  run: { readonly playbook: Playbook; readonly runId: string; readonly directory: string },
  options: ActOptions,
): Promise<RunSession> {
  const { playbook, directory } = run
  const lock = createLateLock()
  const helm = await openHelm(run, {
    confirm: options.confirm,
    agree: options.agreeAll ? 'all' : (options.agree ?? []),
    waits: isRestarted(options),
  })
  const { operator, signal } = helm
  try {
    const secrets = openSecrets({ environment: process.env, directory, redactor })
    for (const file of options.approval ?? []) await handIn(directory, file)
    await resolveSecrets(playbook, secrets, signal)
    const reversed = await readReversed(directory)
    const wired = await wirePorts({ playbook, secrets, operator, redactor, rules: lock, reversed }, signal)
    return {
      ...run,
      ...helm,
      redactor,
      secrets,
      ports: wired.ports,
      options,
      lock,
      async [Symbol.asyncDispose]() {
        await wired[Symbol.asyncDispose]()
        await helm[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await helm[Symbol.asyncDispose]()
    throw error
  }
}

/** Asks for the playbook's confirm name. @throws CutoverError `operator.declined`; nothing was done then. */
export async function confirmByName(session: RunSession, text: string): Promise<void> {
  const { playbook, operator, signal, options } = session
  if (isRestarted(options)) return // whoever began it has typed it
  const answer = await operator.ask({ id: 'confirm', text, typeToAgree: playbook.confirm }, signal)
  if (answer.agreed) return
  throw new CutoverError('operator.declined', `Nothing was changed: ${answer.why}`, {
    hint: `Type ${playbook.confirm} when asked, or give --confirm ${playbook.confirm}.`,
  })
}

/** What must be held while a run acts: the locks of everything it touches, then the journal. */
export interface ActingRun extends AsyncDisposable {
  readonly journal: JournalStore
  readonly locks: RunLocks
}

/** @throws CutoverError `locked` when another run holds a database or a service; nothing was done then. */
export async function beginToAct(session: RunSession): Promise<ActingRun> {
  const locks = await holdLocks(session)
  try {
    const say = (text: string): void => session.terminal.say(text)
    await endOrphans(session.playbook, session.secrets, say, session.signal)
    const journal = await openRunJournal(session, locks.epoch)
    await tellRun(session)
    session.terminal.recall(await journal.read())
    return {
      journal,
      locks,
      async [Symbol.asyncDispose]() {
        await freeIfOver(locks, journal.read())
        await journal[Symbol.asyncDispose]()
        await locks[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await freeIfOver(locks, readJournal(session.directory))
    await locks[Symbol.asyncDispose]()
    throw error
  }
}

/** Before the first entry: from here on the run may need somebody who takes it up. */
function tellRun({ playbook, runId, directory, options }: RunSession): Promise<void> {
  const run = {
    runId,
    directory: resolve(directory),
    onCrash: playbook.onCrash,
    pauseItems: playbook.phases.pause.map(({ id }) => id),
    takeUpArguments: takeUpArguments(options),
  }
  return tellSupervisor({ type: 'run', run })
}

async function openRunJournal({ directory, redactor }: RunSession, epoch: number): Promise<JournalStore> {
  const actor = `${whoAmI()}@${hostname()}`
  const journal = await openJournal({ directory, actor, clock: systemClock, epoch, redactor })
  return tapJournal(journal, process.env[tapVariable])
}

/** What the runner is given, the same for run, resume and undo. From here on stop signals steer the run. */
export function runnerOptions(session: RunSession, { journal, locks }: ActingRun): RunnerOptions {
  const { playbook, ports, lock, signal, runId, control, options } = session
  session.takeTheWheel()
  return {
    playbook,
    catalogue,
    ports: guardPorts(ports, lock),
    journal,
    signal,
    runId,
    epoch: locks.epoch,
    takenUpBy: isRestarted(options) ? 'supervisor' : 'operator',
    kitVersion,
    reverses: ports.reversed?.runId,
    control,
    onEvent(event) {
      session.onEvent(event)
      const step = event.type === 'journal' ? stepOf(event.entry) : undefined
      if (step !== undefined) locks.follow(step)
    },
  }
}

/** Prints the report on standard output, writes the result file, and says how the process must end. */
export async function reportRun(
  session: RunSession,
  journal: JournalStore,
  outcome: RunOutcome,
  result: {
    readonly planDigest: string
    readonly json?: string | undefined
    /** The end that was asked for, default completed. */
    readonly wanted?: 'completed' | 'undone'
  },
): Promise<ExitCode> {
  const { playbook, runId, directory, redactor, terminal } = session
  terminal[Symbol.dispose]()
  const exitCode = exitCodeOfRun(outcome, result.wanted)
  process.stdout.write(redactor.redact(renderReport({ playbook, entries: await journal.read() })))
  process.stdout.write(`journal  ${directory}\n`)
  if (result.json) {
    const run = { runId, playbook: playbook.name, directory }
    const text = JSON.stringify(makeRunResult(run, result.planDigest, outcome, exitCode), null, 2)
    // What the run came to is in the exit status and the journal, also when the disk is full now.
    await writeOutputFile(result.json, redactor.redact(`${text}\n`)).catch((error: unknown) =>
      showError(toCutoverError(error)),
    )
  }
  return exitCode
}
