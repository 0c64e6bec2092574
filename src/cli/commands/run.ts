import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { CutoverError } from '../../core/errors.ts'
import type { Operator } from '../../core/ports/index.ts'
import type { Playbook } from '../../core/playbook.ts'
import { createRedactor, type Redactor } from '../../core/redact.ts'
import { systemClock } from '../../core/system-clock.ts'
import { renderReport } from '../../report/render-report.ts'
import { openJournal } from '../../runner/open-journal.ts'
import type { Plan } from '../../runner/plan.ts'
import { planPlaybook } from '../../runner/plan-playbook.ts'
import { renderPlan } from '../../runner/render-plan.ts'
import { runPlaybook } from '../../runner/run-playbook.ts'
import { catalogue } from '../../steps/catalogue.ts'
import { colours } from '../colours.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { kitVersion } from '../kit-version.ts'
import { listenForStop } from '../listen-for-stop.ts'
import { openPlaybook } from '../open-playbook.ts'
import { openOperator, whoAmI } from '../operator.ts'
import { exitCodeOfRun } from '../run-exit-code.ts'
import { makeRunResult } from '../run-result.ts'
import { makeRunDirectory, makeRunId } from '../run-directory.ts'
import { openSecrets } from '../secrets.ts'
import { openTerminal, type Terminal } from '../terminal/open-terminal.ts'
import { wirePorts } from '../wire-ports.ts'

export interface RunOptions {
  readonly confirm?: string
  readonly agree?: readonly string[]
  readonly agreeAll?: true
  readonly planDigest?: string
  readonly runs: string
  readonly json?: string
}

/** Plan, ask, carry out, report. Progress goes to standard error, the report to standard output. */
export async function run(file: string, options: RunOptions): Promise<ExitCode> {
  const playbook = await openPlaybook(file)
  if (!playbook) return exitCodes.usage
  const runId = makeRunId(playbook.name, systemClock.now())
  const directory = await makeRunDirectory(options.runs, runId)
  const redactor = createRedactor()
  const terminal = openTerminal({ playbook, stream: process.stderr, redact: (text) => redactor.redact(text) })
  try {
    return await carryOut({ playbook, runId, directory, options, redactor, terminal })
  } finally {
    terminal[Symbol.dispose]()
  }
}

interface Job {
  readonly playbook: Playbook
  readonly runId: string
  readonly directory: string
  readonly options: RunOptions
  readonly redactor: Redactor
  readonly terminal: Terminal
}

async function carryOut(job: Job): Promise<ExitCode> {
  const { playbook, runId, directory, options, redactor, terminal } = job
  using stop = listenForStop()
  const secrets = openSecrets({ environment: process.env, directory, redactor })
  const operator = openOperator({
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    confirm: options.confirm,
    agree: options.agreeAll ? 'all' : (options.agree ?? []),
    onPrompt: (open) => terminal.holdFooter(open),
  })
  await using wired = await wirePorts({ playbook, secrets, operator, redactor }, stop.signal)
  const { ports } = wired
  const plan = await planPlaybook({ playbook, catalogue, ports, signal: stop.signal, runId })
  process.stderr.write(redactor.redact(renderPlan(plan, { colour: colours(process.stderr) })))
  refuseBadPlan(plan, options.planDigest)
  await confirmRun(playbook, operator, stop.signal)

  await using journal = await openJournal({
    directory,
    actor: `${whoAmI()}@${hostname()}`,
    clock: systemClock,
    epoch: 1,
    redactor,
  })
  const outcome = await runPlaybook({
    playbook,
    catalogue,
    ports,
    journal,
    signal: stop.signal,
    runId,
    epoch: 1,
    expectedPlanDigest: plan.digest,
    kitVersion,
    onEvent: (event) => terminal.show(event),
  })
  terminal[Symbol.dispose]()
  const exitCode = exitCodeOfRun(outcome)
  process.stdout.write(redactor.redact(renderReport({ playbook, entries: await journal.read() })))
  process.stdout.write(`journal  ${directory}\n`)
  if (options.json) {
    const result = makeRunResult({ runId, playbook: playbook.name, directory }, plan, outcome, exitCode)
    await writeFile(options.json, redactor.redact(`${JSON.stringify(result, null, 2)}\n`))
  }
  return exitCode
}

function refuseBadPlan(plan: Plan, approvedDigest: string | undefined): void {
  if (!plan.ok) {
    const [first] = plan.errors
    throw new CutoverError(
      first?.failure.code ?? 'internal',
      first?.failure.message ?? 'the plan cannot be made',
      {
        ...(first?.failure.hint && { hint: first.failure.hint }),
        ...(first && { where: first.id }),
      },
    )
  }
  if (approvedDigest === undefined || plan.digest.startsWith(approvedDigest)) return
  throw new CutoverError('plan.drift', `The plan is not the approved one: its digest is ${plan.digest}`, {
    hint: 'Read the new plan above, and approve its digest if it is right.',
  })
}

async function confirmRun(playbook: Playbook, operator: Operator, signal: AbortSignal): Promise<void> {
  const question = { id: 'confirm', text: `Carry out ${playbook.name}?`, typeToAgree: playbook.confirm }
  const answer = await operator.ask(question, signal)
  if (answer.agreed) return
  throw new CutoverError('operator.declined', `Nothing was changed: ${answer.why}`, {
    hint: `Type ${playbook.confirm} when asked, or give --confirm ${playbook.confirm}.`,
  })
}
