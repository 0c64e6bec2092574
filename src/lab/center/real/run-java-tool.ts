import { execFile } from 'node:child_process'
import { CutoverError } from '../../../core/errors.ts'

const timeoutMs = 900_000

/**
 * Runs Maven or the Java compiler to its end.
 *
 * @throws `command.failed` with the end of what it printed, or the signal's reason.
 */
export async function runJavaTool(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { error, output } = await new Promise<{ error: Error | null; output: string }>((resolve) => {
    const options = { signal, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 }
    execFile(program, args, options, (error, stdout, stderr) =>
      resolve({ error, output: `${stdout}${stderr}` }),
    )
  })
  signal.throwIfAborted()
  if (error === null) return
  const end = output.trim().split('\n').slice(-6).join(' | ').slice(-1000)
  throw new CutoverError('command.failed', `${program} failed: ${end || 'it said nothing'}`, {
    hint: 'Check that this machine reaches the repository Maven downloads from, then try again.',
  })
}
