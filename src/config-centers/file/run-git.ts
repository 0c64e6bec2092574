import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { CutoverError } from '../../core/errors.ts'
import { startDeadline } from '../../core/deadline.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { codeOf } from './file-failure.ts'

/** No pattern in a name means anything; nothing is tidied up in the background. */
const always = ['--literal-pathspecs', '-c', 'gc.auto=0', '-c', 'maintenance.auto=false']

/** A checkout, as far as calling git in it needs it. */
export interface Checkout {
  /** The system's name in the playbook. */
  readonly name: string
  readonly directory: string
  readonly clock: Clock
}

export interface GitAnswer {
  readonly status: number
  readonly output: string
}

/** Milliseconds. A hook may take a while; what takes longer hangs. */
const deadlineMs = 20_000
const killAfterMs = 3_000
/** Bytes. */
const longestOutput = 32 * 1024 * 1024

/**
 * What git, its hooks and signing programs may need, and nothing else: secrets of a run may be in its environment, and
 * a run that was itself started by git must not work in that one's repository.
 */
const passedOn = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
  'GNUPGHOME',
  'SSH_AUTH_SOCK',
]

/** Does something in the checkout. @returns the exit status. @throws as {@link readGit}. */
export async function runGit(
  checkout: Checkout,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  // Its output goes nowhere: a program that a hook leaves behind would keep a pipe open.
  return (await run(checkout, args, env, 'ignore')).status
}

/**
 * Runs git in a process group of its own, so that it finishes what it does when the runner is stopped. It cannot ask
 * anybody anything. What it says on its error output is not kept: it may quote documents.
 * @throws CutoverError `system.unsupported` when it cannot be started, `deadline` when it did not end within 20 s and
 *   was ended.
 */
export function readGit(checkout: Checkout, args: readonly string[]): Promise<GitAnswer> {
  return run(checkout, args, {}, 'pipe')
}

async function run(
  checkout: Checkout,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdout: 'pipe' | 'ignore',
): Promise<GitAnswer> {
  const child = spawn('git', [...always, ...args], {
    cwd: checkout.directory,
    env: { ...inherited(), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...env },
    stdio: ['ignore', stdout, 'ignore'],
    detached: true,
  })
  const what = `git ${args[0] ?? ''} in ${checkout.name}`
  using deadline = startDeadline(checkout.clock, deadlineMs, what, new AbortController().signal)
  const stop = (): void => endGroup(child, checkout.clock)
  deadline.signal.addEventListener('abort', stop, { once: true })
  const answer = await answerOf(child, what)
  deadline.signal.throwIfAborted()
  return answer
}

function answerOf(child: ChildProcess, what: string): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= longestOutput) chunks.push(chunk)
    })
    child.once('error', (error) => reject(notStarted(error, what)))
    child.once('close', (status) => {
      if (size > longestOutput) reject(new CutoverError('system.refused', `${what} printed more than 32 MiB`))
      else resolve({ status: status ?? -1, output: Buffer.concat(chunks).toString('utf8') })
    })
  })
}

function endGroup(child: ChildProcess, clock: Clock): void {
  // On SIGTERM git takes its own lock files away.
  signalGroup(child, 'SIGTERM')
  const cancel = clock.after(killAfterMs, () => signalGroup(child, 'SIGKILL'))
  child.once('exit', cancel)
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}

function notStarted(error: unknown, what: string): CutoverError {
  return new CutoverError(
    'system.unsupported',
    `${what} cannot be run: ${codeOf(error) ?? 'no reason given'}`,
    {
      hint: 'Install git where the run happens, and check that the folder is there.',
    },
  )
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  )
}
