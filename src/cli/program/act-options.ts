import { isSupervised, type ToldRun } from '../worker-channel.ts'

/** The options that every command that acts on a run has. */
export interface ActOptions {
  readonly confirm?: string
  readonly agree?: readonly string[]
  readonly agreeAll?: true
  readonly runs: string
  readonly json?: string
  /** Files of second persons' approvals; one that is not there yet may still come. */
  readonly approval?: readonly string[]
  readonly unsupervised?: true
  /** The command the user gave, when the supervisor has started this process in place of one that died. */
  readonly restartedFrom?: string
}

/** True: a supervisor takes up a run whose process died. Only a supervisor can say so; as a mere option it means nothing. */
export function isRestarted(options: ActOptions): boolean {
  return options.restartedFrom !== undefined && isSupervised()
}

/** Options with which `resume` and `undo` go on as the run was begun: what was agreed to beforehand stays agreed. */
export function takeUpArguments(options: ActOptions): ToldRun['takeUpArguments'] {
  const { confirm, agree, agreeAll, runs, json, approval = [] } = options
  const undo = [
    '--runs',
    runs,
    ...(confirm === undefined ? [] : ['--confirm', confirm]),
    ...(agreeAll ? ['--agree-all'] : []),
    ...(agree ? ['--agree', ...agree] : []),
    ...(json === undefined ? [] : ['--json', json]),
  ]
  return { undo, resume: [...undo, ...approval.flatMap((file) => ['--approval', file])] }
}
