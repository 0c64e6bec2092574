import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runInLab } from '../../../src/cli/rehearsal/run-in-lab.ts'
import { openLab, type Lab } from '../../../src/lab/open-lab.ts'
import type { ServerEngine } from '../../../src/lab/servers/server-engine.ts'
import { readWorld, resetLab, type World } from '../../crash/crash-lab.ts'
import { splitPause } from './split-pause.ts'
import { spreadOf, type Spread } from './spread-of.ts'
import { auditBench, longestNear, whatFailed } from './bench-audit.ts'
import { measureFloor, type FenceKind } from './floor.ts'
import { hotPlaybook } from './hot-playbook.ts'

export interface HotPauseOptions {
  readonly engine: ServerEngine
  readonly fence: FenceKind
  readonly cutovers: number
  /** Of both instances together. */
  readonly writesPerSecond: number
  readonly readsPerSecond: number
}

/** Milliseconds. */
export interface HotPauseFigures extends HotPauseOptions {
  /** Longest wait of any write around the switch, from its intended start. */
  readonly pauseMs: Spread
  /** The same around moments at which nothing happens. */
  readonly noiseMs: Spread
  /** What the two servers need by themselves. */
  readonly floorMs: Spread
  readonly readsMs: Spread
  readonly acknowledged: number
  /** Of the stretch in which users wait, in its order. */
  readonly split: Readonly<Record<string, Spread>>
}

const program = fileURLToPath(new URL('bench-service.js', import.meta.url)) as `/${string}`
const shipped = 'playbooks/stop-write-hot.yaml'
/** Long enough for the services' code to be compiled: they were started anew. */
const warmMs = 6000
const quietMs = 1500

/**
 * Switches a lab again and again, live and under load, with the runner as it is. A cutover whose audit is not clean, or
 * in which a request failed, ends the bench: how fast it was does not matter then.
 */
export async function benchHotPause(options: HotPauseOptions): Promise<HotPauseFigures> {
  const { engine, fence } = options
  await using lab = await openLab({
    engine,
    rows: 1000,
    seed: 7,
    sharedAccount: false,
    hot: true,
    ordersProgram: program,
    signal: AbortSignal.timeout(180_000),
    say: () => undefined,
  })
  const playbook = join(lab.directory, 'playbook.yaml')
  await writeFile(playbook, hotPlaybook(await readFile(shipped, 'utf8'), fence))
  const floor = await measureFloor(engine, lab.pair, fence, options.cutovers)
  const before = await readWorld(lab)
  const rounds: Round[] = []
  for (let number = 1; number <= options.cutovers; number += 1) {
    rounds.push(await cutOver(lab, playbook, number, options))
    await setBack(lab, before)
  }
  return { ...options, floorMs: spreadOf(floor), ...figuresOf(rounds) }
}

interface Round {
  readonly pauseMs: number
  readonly noiseMs: readonly number[]
  readonly readsMs: number
  readonly acknowledged: number
  readonly split: ReadonlyMap<string, number>
}

async function cutOver(lab: Lab, playbook: string, number: number, options: HotPauseOptions): Promise<Round> {
  const instances = ['orders-1', 'orders-2'].map((name) => lab.services.instance(name))
  const files = instances.map(({ name }) => join(lab.directory, `${name}-${number}.jsonl`))
  await Promise.all(
    instances.map(({ url }, index) =>
      post(`${url}/bench/start`, {
        writesPerSecond: options.writesPerSecond / 2,
        readsPerSecond: options.readsPerSecond / 2,
        prefix: `w-${2 * number + index}-`,
      }),
    ),
  )
  await sleep(warmMs)
  const quietTill = Date.now()
  const run = await runInLab(lab, {
    playbook,
    confirm: 'orders-target',
    signal: AbortSignal.timeout(120_000),
    show: false,
  })
  await sleep(quietMs)
  await Promise.all(instances.map(({ url }, index) => post(`${url}/bench/stop`, { file: files[index] })))
  if (run.exitCode !== 0) throw new Error(`cutover ${number} ended with ${run.exitCode}: ${run.output}`)
  const { audit, switchedAt, lines } = await auditBench(lab, files, number)
  const wrong = audit.writes.refused + audit.writes.unknown + audit.reads.failed
  if (!audit.ok || wrong > 0 || audit.pauseMs === null)
    throw new Error(`cutover ${number}: ${audit.findings.join('; ')}; ${whatFailed(lines)}`)
  process.stderr.write(`${options.engine} ${options.fence} ${number}: ${audit.pauseMs.toFixed(1)} ms\n`)
  const stretches = [quietTill - 1600, quietTill - 500]
  return {
    pauseMs: audit.pauseMs,
    noiseMs: stretches.map((at) => longestNear(lines, at, 'write')),
    readsMs: longestNear(lines, switchedAt, 'read'),
    acknowledged: audit.writes.acknowledged,
    split: await splitPause(run.result?.directory ?? '', switchedAt),
  }
}

async function post(url: string, body: object): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  if (answer.status !== 204) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
}

/** Both servers take writes again, whatever the fence was; the rest as the crash tests do it. */
async function setBack(lab: Lab, before: World): Promise<void> {
  for (const server of [lab.pair.source, lab.pair.target]) {
    const root = await server.root()
    try {
      if (lab.engine === 'mysql') {
        await root.query('SET GLOBAL super_read_only = 0')
        await root.query('SET SESSION sql_log_bin = 0')
        await root.query('ALTER SCHEMA orders READ ONLY = 0')
      }
      await root.query('SET GLOBAL read_only = 0')
    } finally {
      root.destroy()
    }
  }
  await resetLab(lab, before)
}

function figuresOf(rounds: readonly Round[]) {
  const ids = [...(rounds[0]?.split.keys() ?? [])]
  return {
    pauseMs: spreadOf(rounds.map(({ pauseMs }) => pauseMs)),
    noiseMs: spreadOf(rounds.flatMap(({ noiseMs }) => noiseMs)),
    readsMs: spreadOf(rounds.map(({ readsMs }) => readsMs)),
    acknowledged: rounds.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    split: Object.fromEntries(ids.map((id) => [id, spreadOf(rounds.map(({ split }) => split.get(id) ?? 0))])),
  }
}
