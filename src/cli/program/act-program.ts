import { Option, type Command } from 'commander'
import type { ActOptions } from './act-options.ts'
import type { RunOptions } from '../commands/run.ts'
import type { ExitCode } from '../exit-codes.ts'

/** The commands that act on systems: run, resume, undo, reverse. */
export function addActing(program: Command, setExitCode: (code: ExitCode) => void): void {
  addRun(program, setExitCode)
  addTakeUp(program, setExitCode)
  addReverse(program, setExitCode)
}

function addRun(program: Command, setExitCode: (code: ExitCode) => void): void {
  beginOptions(
    program
      .command('run')
      .description('Plan, ask, and carry out a playbook.')
      .argument('<playbook>', 'YAML file'),
  ).action(async (file: string, options: RunOptions) => {
    const { run } = await import('../commands/run.ts')
    setExitCode(await run(file, options))
  })
}

function addReverse(program: Command, setExitCode: (code: ExitCode) => void): void {
  beginOptions(
    program
      .command('reverse')
      .description(
        'Move the service of a run back, with every write made since: plan, ask, and carry out the way back that its playbook names.',
      )
      .argument('[run]', 'id or directory of the run (default: the newest)'),
  ).action(async (run: string | undefined, options: RunOptions) => {
    const { reverse } = await import('../commands/reverse.ts')
    setExitCode(await reverse(run, options))
  })
}

function addTakeUp(program: Command, setExitCode: (code: ExitCode) => void): void {
  actOptions(
    program
      .command('resume')
      .description(
        'Go on with a run that was cut off: what is done stays done, what is in doubt is looked at.',
      )
      .argument('[run]', 'id or directory of the run (default: the newest)')
      .addOption(approvalOption()),
  ).action(async (run: string | undefined, options: ActOptions) => {
    const { resume } = await import('../commands/take-up.ts')
    setExitCode(await resume(run, options))
  })
  actOptions(
    program
      .command('undo')
      .description('Walk back everything a run did. Refused after its point of no return.')
      .argument('[run]', 'id or directory of the run (default: the newest)'),
  ).action(async (run: string | undefined, options: ActOptions) => {
    const { undo } = await import('../commands/take-up.ts')
    setExitCode(await undo(run, options))
  })
}

/** The options of every command that begins a run. */
function beginOptions(command: Command): Command {
  return actOptions(
    command
      .option(
        '--plan <file>',
        'refuse, and say what has changed, unless the plan is still the one in this file',
      )
      .option('--plan-digest <digest>', 'refuse unless the plan still has this digest')
      .addOption(approvalOption()),
  )
}

/** The options of every command that acts on systems. */
function actOptions(command: Command): Command {
  return command
    .option('--confirm <name>', "agree by the playbook's confirm name, instead of typing it")
    .option('--agree <id...>', 'agree to these operator gates beforehand')
    .option('--agree-all', 'agree to every operator gate beforehand')
    .option('--runs <directory>', 'where run directories are', 'runs')
    .option('--json <file>', 'write the result of the run as JSON')
    .option('--unsupervised', 'act in one process: nobody takes the run up when it dies')
    .addOption(new Option('--worker').hideHelp())
    .addOption(new Option('--restarted-from <command>').hideHelp())
}

function approvalOption(): Option {
  return new Option(
    '--approval <file>',
    "a second person's approval of the plan (may be repeated)",
  ).argParser((file: string, before: readonly string[] | undefined) => [...(before ?? []), file])
}
