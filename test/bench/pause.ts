import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { median, spread } from './statistics.ts'

export interface PauseOptions {
  readonly engine: 'mariadb' | 'mysql'
  readonly runs: number
  readonly rows: number
  readonly playbook?: string | undefined
  /** Directory of another built copy of the kit that takes turns with this one. */
  readonly against?: string | undefined
}

type Spread = ReturnType<typeof spread>

export interface PauseFigures {
  readonly engine: string
  readonly runs: number
  readonly rows: number
  /** Milliseconds; see the result of a rehearsal in the README. */
  readonly pauseMs: Spread
  readonly failedReads: number
  /** Milliseconds per entry of the playbook's pause, in its order. */
  readonly steps: Readonly<Record<string, Spread>>
}

export interface PauseComparison {
  readonly here: PauseFigures
  readonly there?: PauseFigures
  /** Median over the rounds of this copy's pause minus the other's, milliseconds. */
  readonly medianDifferenceMs?: number
}

/** What the bench reads of `rehearse --json`. */
interface Rehearsal {
  readonly pauseMs: number | null
  readonly reads: { readonly failed: number }
  readonly auditFindings: readonly string[]
  readonly steps: readonly { readonly id: string; readonly phase: string; readonly durationMs: number }[]
}

/**
 * Rehearses again and again, each time in a new lab. A run whose audit is not clean ends the bench: how fast it was
 * does not matter then.
 */
export async function benchPause(options: PauseOptions): Promise<PauseComparison> {
  const here: Rehearsal[] = []
  const there: Rehearsal[] = []
  for (let seed = 1; seed <= options.runs; seed += 1) {
    here.push(await rehearse('.', options, seed))
    if (options.against !== undefined) there.push(await rehearse(options.against, options, seed))
  }
  if (there.length === 0) return { here: figuresOf(here, options) }
  const differences = here.map((one, i) => (one.pauseMs ?? 0) - (there[i]?.pauseMs ?? 0))
  return {
    here: figuresOf(here, options),
    there: figuresOf(there, options),
    medianDifferenceMs: Math.round(median(differences)),
  }
}

async function rehearse(kit: string, options: PauseOptions, seed: number): Promise<Rehearsal> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  const json = join(directory, 'result.json')
  const { engine, rows, playbook } = options
  const words = ['--engine', engine, '--rows', String(rows), '--seed', String(seed), '--json', json]
  if (playbook !== undefined) words.push('--playbook', resolve(kit, playbook))
  try {
    const main = resolve(kit, 'dist/cli/main.js')
    const child = spawn(process.execPath, [main, 'rehearse', ...words], { stdio: 'ignore' })
    const [code] = (await once(child, 'exit')) as [number | null]
    const text = await readFile(json, 'utf8').catch(() => '{"auditFindings":["no result"]}')
    const result = JSON.parse(text) as Rehearsal
    if (code !== 0 || result.auditFindings.length > 0 || result.pauseMs === null) {
      throw new Error(`a rehearsal in ${kit} ended with ${code}: ${result.auditFindings.join('; ')}`)
    }
    process.stderr.write(`${kit}: pause ${Math.round(result.pauseMs)} ms\n`)
    return result
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function figuresOf(runs: readonly Rehearsal[], { engine, rows }: PauseOptions): PauseFigures {
  const ids = (runs[0]?.steps ?? []).filter(({ phase }) => phase === 'pause').map(({ id }) => id)
  const ofStep = (id: string): number[] =>
    runs.map(({ steps }) => steps.find((step) => step.id === id)?.durationMs ?? 0)
  return {
    engine,
    runs: runs.length,
    rows,
    pauseMs: spread(runs.map(({ pauseMs }) => pauseMs ?? 0)),
    failedReads: runs.reduce((sum, { reads }) => sum + reads.failed, 0),
    steps: Object.fromEntries(ids.map((id) => [id, spread(ofStep(id))])),
  }
}

export function pauseLines({ here, there, medianDifferenceMs }: PauseComparison): readonly string[] {
  const lines = [
    `${here.engine}, ${here.runs} rehearsals with ${here.rows} rows, every audit clean; milliseconds p50 / p95 / max`,
    ...linesOf(here),
  ]
  if (there === undefined) return lines
  return [
    ...lines,
    `the other copy, taking turns; median difference of the pause ${medianDifferenceMs} ms`,
    ...linesOf(there),
  ]
}

function linesOf({ pauseMs, failedReads, steps }: PauseFigures): readonly string[] {
  const show = ({ p50, p95, max }: Spread): string => `${p50} / ${p95} / ${max}`
  return [
    `  pause ${show(pauseMs)}; failed reads ${failedReads}`,
    ...Object.entries(steps).map(([id, step]) => `    ${id.padEnd(20)} ${show(step)}`),
  ]
}
