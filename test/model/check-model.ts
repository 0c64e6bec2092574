import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const memoryMb = 950
const deepestPath = 100_000
const timeoutMs = 240_000

export interface ModelOptions {
  readonly model: 'stop-write' | 'run-lock'
  /** Macros of the model, such as `WRITES=3`. */
  readonly macros: readonly string[]
  /** Breadth first finds the shortest way to a violation; depth first needs less memory when there is none. */
  readonly order: 'breadth-first' | 'depth-first'
}

export interface Verdict {
  /** Every reachable state was visited: the search ended by itself, within its memory and depth, without a violation. */
  readonly exhaustive: boolean
  /** Name of the promise that was broken. */
  readonly broken: string | undefined
  readonly states: number
  readonly seconds: number
  /** What happened on the way to the violation, in order. */
  readonly story: readonly string[]
  readonly output: string
}

/** Turns the model into a checker, compiles it and lets it visit every state, or end at the first violation. */
export async function checkModel(options: ModelOptions, signal: AbortSignal): Promise<Verdict> {
  const name = `${options.model}.pml`
  const model = fileURLToPath(new URL(name, import.meta.url))
  const directory = await mkdtemp(join(tmpdir(), 'cutover-model-'))
  const run = (program: string, args: readonly string[]): Promise<string> =>
    runIn(directory, program, args, signal)
  try {
    // A copy: the checker writes the way to a violation next to the model.
    await copyFile(model, join(directory, name))
    await run('spin', [...options.macros.map((macro) => `-D${macro}`), '-a', name])
    const search = options.order === 'breadth-first' ? ['-DBFS'] : []
    // COLLAPSE stores states losslessly in less memory. -w: SPIN's own C code is not ours to mend.
    const compile = ['-O2', '-w', '-DSAFETY', '-DCOLLAPSE', `-DMEMLIM=${memoryMb}`, ...search]
    await run('gcc', [...compile, '-o', 'pan', 'pan.c'])
    const output = await run('nice', ['-n', '5', './pan', `-m${deepestPath}`])
    const verdict = readVerdict(output)
    const story = verdict.broken === undefined ? [] : readStory(await run('./pan', ['-r', '-n']))
    return { ...verdict, story, output }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function runIn(cwd: string, program: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, signal, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 }
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} failed: ${stdout}${stderr}`.slice(-4000), { cause: error }))
      else resolve(`${stdout}${stderr}`)
    })
  })
}

function readVerdict(output: string): Omit<Verdict, 'story' | 'output'> {
  const broken = /assertion violated (\w+)/.exec(output)?.[1]
  const cutShort = /search not completed|max search depth too small|out of memory|truncated|aborted/i
  return {
    exhaustive: /errors: 0\b/.test(output) && !cutShort.test(output),
    broken,
    states: Number(/(\d+) states, stored/.exec(output)?.[1] ?? Number.NaN),
    seconds: Number(/elapsed time ([\d.]+) seconds/.exec(output)?.[1] ?? Number.NaN),
  }
}

/** The model says what happens; the checker's own lines are indented or carry other words. */
function readStory(replay: string): readonly string[] {
  const lines = replay.split('\n').map((line) => line.trim())
  return lines.filter((line) => /^(service \d|client \d|runner|replication|operator): /.test(line))
}
