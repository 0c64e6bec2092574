import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a program did, and all that Node had loaded when it ended. */
export interface NodeRun {
  /** null: it had to be killed. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  /** Paths of every JavaScript file that was run, of either module system, as the engine counts them. */
  readonly loaded: readonly string[]
}

/** Runs a program that must end by itself. Every deprecation, also one that is only planned, is told on stderr. */
export async function runNode(
  node: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<NodeRun> {
  const coverage = await mkdtemp(join(cwd, 'loaded-'))
  try {
    const outcome = await new Promise<Omit<NodeRun, 'loaded'>>((resolve) => {
      execFile(
        node,
        ['--pending-deprecation', '--trace-warnings', ...args],
        { cwd, timeout: 60_000, env: { PATH: process.env['PATH'], NODE_V8_COVERAGE: coverage, ...env } },
        (error, stdout, stderr) => resolve({ exitCode: exitCodeOf(error), stdout, stderr }),
      )
    })
    return { ...outcome, loaded: await loadedFiles(coverage) }
  } finally {
    await rm(coverage, { recursive: true, force: true })
  }
}

function exitCodeOf(error: { code?: string | number | null | undefined } | null): number | null {
  if (error === null) return 0
  return typeof error.code === 'number' ? error.code : null
}

async function loadedFiles(coverage: string): Promise<readonly string[]> {
  const files = await readdir(coverage)
  const texts = await Promise.all(files.map((file) => readFile(join(coverage, file), 'utf8')))
  const scripts = texts.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result)
  return scripts.filter(({ url }) => url.startsWith('file:')).map(({ url }) => fileURLToPath(url))
}
