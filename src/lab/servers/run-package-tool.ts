import { execFile } from 'node:child_process'
import { CutoverError } from '../../core/errors.ts'

const timeoutMs = 600_000

/**
 * Runs one of Debian's package tools.
 *
 * @throws `command.failed` with the end of what it printed, or the signal's reason.
 */
export async function runPackageTool(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  const { error, output } = await new Promise<{ error: Error | null; output: string }>((resolve) => {
    const options = { env, signal, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 }
    execFile(program, args, options, (error, stdout, stderr) =>
      resolve({ error, output: `${stdout}${stderr}` }),
    )
  })
  signal.throwIfAborted()
  if (error === null) return
  const end = output.trim().split('\n').slice(-4).join(' | ').slice(-800)
  throw new CutoverError('command.failed', `${program} ${args.at(-1) ?? ''} failed: ${end}`, {
    hint: 'Install the server by hand and name it by its environment variable.',
  })
}
