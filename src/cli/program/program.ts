import { Command, InvalidArgumentError, Option } from 'commander'
import type { ExitCode } from '../exit-codes.ts'
import { exitCodes } from '../exit-codes.ts'
import { kitVersion } from '../kit-version.ts'
import { addJournal } from './journal-program.ts'
import { labCenterNames } from '../../lab/center/lab-center-names.ts'
import type { RehearseOptions } from '../rehearsal/rehearse-options.ts'
import type { ApproveOptions } from '../commands/approve.ts'
import type { PlanOptions } from '../commands/plan.ts'
import type { StatusOptions } from '../commands/status.ts'
import type { SteerOptions } from '../commands/steer.ts'
import type { ValidateOptions } from '../commands/validate.ts'
import type { UnlockOptions } from '../commands/unlock.ts'
import { addActing } from './act-program.ts'
import { addDocument } from './document-program.ts'
import { addExplain } from './explain-program.ts'

/** Every command is loaded only when it is called: `cutover --help` must be quick. */
export function buildProgram(setExitCode: (code: ExitCode) => void): Command {
  const program = new Command('cutover')
    .description(
      'Moves a production MySQL database: planned, rehearsed, journaled, undoable, proven afterwards.',
    )
    .version(kitVersion, '-V, --version', 'print the version of this package')
    .exitOverride((error) => {
      setExitCode(error.exitCode === 0 ? exitCodes.done : exitCodes.usage)
      throw error // returning would let commander end the process with its own status
    })
  addValidate(program, setExitCode)
  addPlan(program, setExitCode)
  addActing(program, setExitCode)
  addApprove(program, setExitCode)
  addUnlock(program, setExitCode)
  addRehearse(program, setExitCode)
  addReport(program, setExitCode)
  addJournal(program, setExitCode)
  addDocument(program, setExitCode)
  addExplain(program, setExitCode)
  addControl(program, setExitCode)
  return program
}

function addValidate(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command('validate')
    .description(
      'Report every mistake in a playbook, and what is mostly not wanted, with its place. Contacts nothing.',
    )
    .argument('<playbook>', 'YAML file')
    .option('--strict', 'refuse warnings, too')
    .option('--json', 'print the findings as JSON')
    .action(async (file: string, options: ValidateOptions) => {
      const { validate } = await import('../commands/validate.ts')
      setExitCode(await validate(file, options))
    })
}

function addPlan(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command('plan')
    .description('Show what a run would change. Touches nothing.')
    .argument('<playbook>', 'YAML file')
    .option('--json', 'print the plan as JSON')
    .option('--out <file>', 'write the plan to a file, to be approved and given to run --plan')
    .action(async (file: string, options: PlanOptions) => {
      const { plan } = await import('../commands/plan.ts')
      setExitCode(await plan(file, options))
    })
}

function addApprove(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command('approve')
    .description(
      'As a second person: read a plan and write its approval. As the operator: hand an approval in to a run that waits for it.',
    )
    .argument('<plan|run>', 'file of the plan to approve, or id or directory of the run that waits')
    .option('--out <file>', 'write the approval of this plan to a new file')
    .option('--valid-for <duration>', 'how long it holds (default: as long as the playbook allows)')
    .option('--confirm <name>', "approve by the playbook's confirm name, instead of typing it")
    .option('--approval <file>', 'hand in this approval')
    .option('--runs <directory>', 'where run directories are', 'runs')
    .action(async (planOrRun: string, options: ApproveOptions) => {
      const { approve } = await import('../commands/approve.ts')
      setExitCode(await approve(planOrRun, options))
    })
}

function addRehearse(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command('rehearse')
    .description(
      'Carry out a playbook against throw-away servers and services under load, then audit every write.',
    )
    .addOption(
      new Option('--engine <engine>', 'database servers').choices(['mariadb', 'mysql']).default('mariadb'),
    )
    .addOption(
      new Option('--mode <mode>', 'how services move: by restarts, or by changing their pool live')
        .choices(['restart', 'hot'])
        .default('restart'),
    )
    .addOption(
      new Option(
        '--config-center <center>',
        'what holds the documents: a server in this program that answers as Nacos 3.1 does, a real Nacos 2.5 or 3.1, a real etcd, or a folder',
      )
        .choices(labCenterNames)
        .default('embedded'),
    )
    .option(
      '--playbook <file>',
      'playbook to rehearse (default: the stop-write playbook of this package for that mode)',
    )
    .option('--rows <count>', 'rows to begin with', wholeNumber, 200_000)
    .option('--writes <per-second>', 'writes of orders', wholeNumber, 100)
    .option('--reads <per-second>', 'reads of orders', wholeNumber, 200)
    .option('--seed <number>', 'makes data and load repeatable', wholeNumber, 1)
    .option('--keep', 'keep the lab directory with its logs and the journal')
    .option('--json <file>', 'write the result as JSON')
    .action(async (options: RehearseOptions) => {
      const { rehearse } = await import('../commands/rehearse.ts')
      setExitCode(await rehearse(options))
    })
}

function addUnlock(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command('unlock')
    .description(
      'Show who holds the locks of a playbook or run; with an id and a reason, break that lock and end its sessions.',
    )
    .argument('<playbook-or-run>', 'YAML file, or id or directory of a run')
    .option('--lock-id <id>', 'the lock to break, as shown without this option')
    .option('--reason <text>', 'why it is broken; whoever held it and the next run are told')
    .option('--confirm <name>', "agree by the playbook's confirm name, instead of typing it")
    .option('--runs <directory>', 'where run directories are', 'runs')
    .action(async (target: string, options: UnlockOptions) => {
      const { unlock } = await import('../commands/unlock.ts')
      setExitCode(await unlock(target, options))
    })
}

function addReport(program: Command, setExitCode: (code: ExitCode) => void): void {
  program
    .command('report')
    .description(
      'Print the report of a run from its journal, also of one that is still running or was cut off.',
    )
    .argument('[run]', 'id or directory of the run (default: the newest)')
    .option('--runs <directory>', 'where run directories are', 'runs')
    .action(async (run: string | undefined, options: { runs: string }) => {
      const { report } = await import('../commands/report.ts')
      setExitCode(await report(run, options))
    })
}

/** A command about a run of this machine, from any terminal. */
function runCommand(program: Command, usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .argument('[run]', 'id or directory of the run (default: the newest)')
    .option('--runs <directory>', 'where run directories are', 'runs')
}

function addControl(program: Command, setExitCode: (code: ExitCode) => void): void {
  runCommand(
    program,
    'status',
    'Say where a run stands, whether it runs, waits, crashed or ended, and what to type.',
  )
    .option('--all', 'every run, one line each')
    .option('--json', 'as JSON')
    .action(async (run: string | undefined, options: StatusOptions) => {
      const { status } = await import('../commands/status.ts')
      setExitCode(await status(run, options))
    })
  runCommand(
    program,
    'attach',
    'Show a run as its own terminal does. Ctrl-C leaves and stops nothing.',
  ).action(async (run: string | undefined, options: { runs: string }) => {
    const { attach } = await import('../commands/attach.ts')
    setExitCode(await attach(run, options))
  })
  runCommand(program, 'note <text>', 'Put a remark into the journal of a run that goes on.').action(
    async (text: string, run: string | undefined, options: { runs: string }) => {
      const { note } = await import('../commands/steer.ts')
      setExitCode(await note(text, run, options))
    },
  )
  addSteering(program, setExitCode)
}

function addSteering(program: Command, setExitCode: (code: ExitCode) => void): void {
  const steer =
    (name: 'pause' | 'goOn' | 'stop') => async (run: string | undefined, options: SteerOptions) => {
      const commands = await import('../commands/steer.ts')
      setExitCode(await commands[name](run, options))
    }
  const why = '--reason <text>'
  const record = 'why; it goes on the record'
  runCommand(program, 'pause', 'Let a run wait at its next safe point until: cutover continue.')
    .option(why, record)
    .action(steer('pause'))
  runCommand(
    program,
    'continue',
    'Let a run go on that waits; take back a stop or pause that has not happened yet.',
  )
    .option(why, record)
    .action(steer('goOn'))
  runCommand(program, 'stop', 'End a run at its next safe point and leave everything as it stands.')
    .option('--now', 'do not wait: cut what is in hand and walk back; refused after the point of no return')
    .option(why, record)
    .action(steer('stop'))
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('a whole number, 0 or more')
  return value
}
