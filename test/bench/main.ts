/**
 * Program: the benches of the kit: `compare`, `pause`, `overhead`, of the last `pool` and `middleware` alone, and
 * `propagation`; without a name the first three, small.
 */
import { writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { benchCompare, compareLine } from './compare.ts'
import { benchFacadeCost, facadeCostLine } from './facade-cost.ts'
import { benchHeldMemory, heldMemoryLine } from './held-memory.ts'
import { benchOverhead, overheadLines } from './overhead.ts'
import { hotLines } from './hot/hot-lines.ts'
import { benchHotPause } from './hot/hot-pause.ts'
import { benchPause, pauseLines } from './pause.ts'
import { benchPropagation, propagationLines } from './propagation.ts'
import { benchPoolOverhead, poolOverheadLine } from './pool-overhead.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // Left out: both.
    engine: { type: 'string' },
    rows: { type: 'string' },
    rounds: { type: 'string' },
    // Of the four statements and transactions on each pool.
    turns: { type: 'string' },
    runs: { type: 'string' },
    mode: { type: 'string' },
    fence: { type: 'string' },
    writes: { type: 'string' },
    reads: { type: 'string' },
    playbook: { type: 'string' },
    against: { type: 'string' },
    json: { type: 'string' },
  },
})
const small = positionals.length === 0
const engines = (['mariadb', 'mysql'] as const).filter((one) => one === (values.engine ?? one))
const benches: Readonly<Record<string, () => Promise<unknown>>> = {
  overhead,
  pool,
  middleware,
  compare,
  pause,
  propagation,
}

const figures: Record<string, unknown> = {}
for (const name of small ? ['overhead', 'compare', 'pause'] : positionals) {
  const bench = benches[name]
  if (bench === undefined) throw new Error(`there is no bench ${name}`)
  figures[name] = await bench()
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`)

async function overhead(): Promise<unknown> {
  return { pool: await pool(), middleware: await middleware() }
}

async function middleware(): Promise<unknown> {
  const result = await benchOverhead(Number(values.rounds ?? (small ? 20 : 200)), 500)
  for (const line of overheadLines(result)) say(line)
  return result
}

async function pool(): Promise<unknown> {
  const works = []
  for (const engine of engines) {
    const found = await benchPoolOverhead(engine, Number(values.turns ?? (small ? 500 : 5000)))
    for (const each of found) say(poolOverheadLine(each))
    works.push(...found)
  }
  const costs = await benchFacadeCost(small ? 50 : 300)
  for (const each of costs) say(facadeCostLine(each))
  const held = await benchHeldMemory(10_000)
  say(heldMemoryLine(held))
  return { works, costs, held }
}

async function compare(): Promise<unknown> {
  const defaultSizes = small ? [50_000] : [200_000, 1_000_000]
  const sizes = values.rows === undefined ? defaultSizes : [Number(values.rows)]
  const results = []
  for (const engine of engines) {
    for (const rows of sizes) {
      const result = await benchCompare(engine, rows, Number(values.rounds ?? (small ? 3 : 7)))
      say(compareLine(result))
      results.push(result)
    }
  }
  return results
}

async function propagation(): Promise<unknown> {
  const results = []
  for await (const result of benchPropagation(Number(values.rounds ?? 50), values.against)) {
    results.push(result)
  }
  const load = loadavg().map((each) => each.toFixed(1))
  say('Milliseconds from the call that publishes: p50 / p95 / max')
  say(`On ${availableParallelism()} processors with a load of ${load.join(', ')} (1, 5, 15 min)`)
  for (const line of propagationLines(results)) say(line)
  return results
}

/** Live switches, unless restarts are asked for. */
function pause(): Promise<unknown> {
  return values.mode === 'restart' ? restartPause() : hotPause()
}

async function hotPause(): Promise<unknown> {
  const fences = (['instance', 'schema', 'account'] as const).filter((one) => one === (values.fence ?? one))
  const results = []
  for (const engine of engines) {
    for (const fence of fences) {
      if (fence === 'schema' && engine === 'mariadb') continue // it has no read-only schemas
      const result = await benchHotPause({
        engine,
        fence,
        cutovers: Number(values.runs ?? (small ? 2 : 20)),
        writesPerSecond: Number(values.writes ?? 500),
        readsPerSecond: Number(values.reads ?? 1000),
      })
      for (const line of hotLines(result)) say(line)
      results.push(result)
    }
  }
  return results
}

async function restartPause(): Promise<unknown> {
  const runs = Number(values.runs ?? (small ? 1 : 10))
  const rows = Number(values.rows ?? 20_000)
  const { playbook, against } = values
  const results = []
  for (const engine of engines) {
    const result = await benchPause({ engine, runs, rows, playbook, against })
    for (const line of pauseLines(result)) say(line)
    results.push(result)
  }
  return results
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
