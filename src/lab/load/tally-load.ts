import { percentiles } from './percentiles.ts'
import type {
  Bug,
  LoadSummary,
  LogLine,
  MarkLine,
  ProbeCounts,
  ProbeLine,
  ReadCounts,
  ReadLine,
  WriteCounts,
  WriteLine,
  Writer,
} from './types.ts'

/** Adds up log lines as they are written. */
export interface LoadTally {
  add(line: LogLine): void
  summary(about: Pick<LoadSummary, 'seed' | 'logFile' | 'startedAt' | 'stoppedAt'>): LoadSummary
}

const writers: readonly Writer[] = ['orders', 'billing', 'stock']
const bugs: readonly Bug[] = ['duplicate-id', 'bad-column']

export function startLoadTally(): LoadTally {
  const writes = Object.fromEntries(writers.map((name) => [name, writeTally()])) as ByName<Writer, WriteTally>
  const probes = Object.fromEntries(bugs.map((bug) => [bug, emptyProbes()])) as ByName<
    Bug,
    Counters<ProbeCounts>
  >
  const reads = readTally()
  const marks: MarkLine[] = []
  let leaks = 0
  return {
    add(line) {
      if (line.type === 'write') {
        writes[line.on].add(line)
        if (line.leaks && line.leaks.length > 0) leaks += 1
      } else if (line.type === 'read') reads.add(line)
      else if (line.type === 'probe') probes[line.bug][line.outcome] += 1
      else marks.push(line)
    },
    summary: (about) => ({
      ...about,
      writes: mapValues(writes, (tally) => tally.counts()),
      reads: reads.counts(),
      probes,
      leaks,
      marks,
    }),
  }
}

type ByName<Name extends string, Value> = Record<Name, Value>
type Counters<Counts> = { -readonly [Key in keyof Counts]: Counts[Key] }

interface WriteTally {
  add(line: WriteLine): void
  counts(): WriteCounts
}

function writeTally(): WriteTally {
  const count = { acknowledged: 0, refusedFriendly: 0, refusedOther: 0, unknown: 0, notSent: 0 }
  const latencies: number[] = []
  const field = {
    acknowledged: 'acknowledged',
    'refused-friendly': 'refusedFriendly',
    'refused-other': 'refusedOther',
    unknown: 'unknown',
    'not-sent': 'notSent',
  } as const
  return {
    add(line) {
      count[field[line.outcome]] += 1
      if (line.outcome === 'acknowledged' && line.answered !== null)
        latencies.push(line.answered - line.intended)
    },
    counts: () => ({ ...count, latencyMs: percentiles(latencies) }),
  }
}

function readTally(): { add(line: ReadLine): void; counts(): ReadCounts } {
  const count = { ok: 0, failed: 0, notSent: 0 }
  const latencies: number[] = []
  return {
    add(line) {
      count[line.outcome === 'not-sent' ? 'notSent' : line.outcome] += 1
      if (line.outcome === 'ok' && line.answered !== null) latencies.push(line.answered - line.intended)
    },
    counts: () => ({ ...count, latencyMs: percentiles(latencies) }),
  }
}

function emptyProbes(): Counters<ProbeCounts> & Record<ProbeLine['outcome'], number> {
  return { own: 0, upgrading: 0, wrong: 0, unknown: 0 }
}

function mapValues<Name extends string, In, Out>(
  record: Record<Name, In>,
  change: (value: In) => Out,
): Record<Name, Out> {
  const entries = Object.entries(record) as [Name, In][]
  return Object.fromEntries(entries.map(([name, value]) => [name, change(value)])) as Record<Name, Out>
}
