import type { ErrorCode } from '../core/errors.ts'

/** What the process's exit status means; stable, documented in the README. 126–128 are left to the shell. */
export const exitCodes = {
  done: 0,
  internal: 1,
  /** The playbook or the command line is wrong; nothing was touched. */
  usage: 2,
  /** Preflight, plan or drift: refused before anything changed. */
  refused: 3,
  /** A gate did not open in time and nothing had been changed, or nothing was walked back on purpose. */
  gate: 4,
  /** Stopped on request at a safe point. */
  stopped: 5,
  /** A step failed after the point of no return: the target serves, a person finishes. */
  failedForward: 6,
  /** Failed, and everything that was done was walked back. */
  undone: 7,
  /** Undo did not finish, or the run's process died and nobody takes it up: a person is needed. */
  stranded: 8,
  locked: 9,
  /** The operator said no, or nobody could be asked. */
  declined: 10,
  /** Rehearsals only: the run ended well and the audit found something wrong. */
  audit: 11,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'Everything was done and verified.',
  internal: 'A defect of the kit itself, or its process died before it did anything; the message says which.',
  usage: 'The playbook or the command line is wrong. Nothing was touched.',
  refused:
    'Refused before anything changed: a system cannot be reached or used, or the plan is not the approved one.',
  gate: 'A gate did not open in time, and the run was left where it stands or had changed nothing.',
  stopped: 'Stopped on request at a safe point.',
  failedForward:
    'Something failed after the point of no return. The target serves; finish by hand as the message says.',
  undone: 'Something failed, and everything that had been done was walked back.',
  stranded:
    "Undo did not finish, or the run's process died outside the pause or too often. A person is needed; the message lists what stands.",
  locked:
    'Another run holds the lock, another process works on the same run, or the lock of this run was broken: this process does nothing (more).',
  declined:
    'The operator said no, or there was nobody to ask. Everything that had been done was walked back.',
  audit: 'Rehearsals only: the run ended well, but the audit found a write that is not where it must be.',
  interrupted: 'Ended by hand in the middle of a step.',
}

/** The status for an error that ended the command before the run began. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  switch (code) {
    case 'playbook.invalid':
    case 'usage':
      return exitCodes.usage
    case 'locked':
      return exitCodes.locked
    case 'operator.declined':
      return exitCodes.declined
    case 'interrupted':
      return exitCodes.interrupted
    case 'internal':
      return exitCodes.internal
    default:
      return exitCodes.refused
  }
}
