import { z } from 'zod'
import { defineGate, type GateReading } from '../core/gate.ts'
import type { DatabaseServer, TableDefinition } from '../core/ports/database-server.ts'
import { databaseRef, tableSet } from '../core/refs.ts'
import type { StepContext } from '../core/step.ts'
import { formatTableSets } from '../core/table-names.ts'
import { compareSettings, settingNames, type Side } from './compare-settings.ts'
import { compareTables, listTriggers } from './compare-tables.ts'
import { readSafely } from './safe-reading.ts'

const schema = z.strictObject({
  source: databaseRef('Server the tables are on now.'),
  target: databaseRef('Server they move to.'),
  tables: z.array(tableSet).min(1).meta({ description: 'Tables that move.' }),
  accept: z.array(z.enum(settingNames)).default([]).meta({
    description: 'Differences of server settings that somebody has looked at and found harmless.',
  }),
})
type Want = z.infer<typeof schema>

/** The target would do with the service's statements what the source does. Names all differences in one reading. */
export const databasesCompatible = defineGate<Want>({
  kind: 'databases-compatible',
  summary: 'The target has the same tables and the settings that matter, and is another, writable server.',
  schema,
  defaults: { deadlineMs: 60_000, everyMs: 1000, goodReadings: 1 },
  describe: (want) => `${want.target} can take ${formatTableSets(want.tables)} from ${want.source}`,

  open(context, want) {
    return Promise.resolve({ read: (signal) => readSafely(signal, () => compare(context, want, signal)) })
  },
})

async function compare(context: StepContext, want: Want, signal: AbortSignal): Promise<GateReading> {
  const source = context.ports.database(want.source)
  const target = context.ports.database(want.target)
  const sides = [
    await readSide(source, want.source, signal),
    await readSide(target, want.target, signal),
  ] as const
  const accepted = new Set<string>(want.accept)
  const settings = compareSettings(...sides).filter(({ setting }) => !accepted.has(setting))
  const here = await readTables(source, want, signal)
  const there = await readTables(target, want, signal)
  const differences = [
    ...settings.map(({ text }) => text),
    ...missingOnSource(want, here),
    ...compareTables(want, here, there),
  ]
  const triggers = listTriggers(there)
  const measured = `${here.length} tables, triggers on ${want.target}: ${triggers.length === 0 ? 'none' : triggers.join('; ')}`
  if (differences.length === 0) return { state: 'open', measured }
  return {
    state: 'closed',
    final: true,
    measured,
    reason: `${want.target} cannot take over: ${differences.join('; ')}`,
    hint: `Change ${want.target}, or list a harmless setting under accept: (${settingNames.join(', ')}).`,
  }
}

async function readSide(server: DatabaseServer, name: string, signal: AbortSignal): Promise<Side> {
  return { name, identity: await server.identity(signal), settings: await server.settings(signal) }
}

async function readTables(
  server: DatabaseServer,
  want: Want,
  signal: AbortSignal,
): Promise<readonly TableDefinition[]> {
  const all: TableDefinition[] = []
  for (const set of want.tables) all.push(...(await server.tables(set, signal)))
  return all
}

/** A name in the playbook that finds nothing must not look like agreement. */
function missingOnSource(want: Want, found: readonly TableDefinition[]): readonly string[] {
  const names = new Set(found.map(({ schema, table }) => `${schema}.${table}`))
  const schemas = new Set(found.map(({ schema }) => schema))
  return want.tables.flatMap((set) => {
    if (!set.tables) return schemas.has(set.schema) ? [] : [`no table in ${set.schema} on ${want.source}`]
    return set.tables
      .map((table) => `${set.schema}.${table}`)
      .filter((name) => !names.has(name))
      .map((name) => `${name} does not exist on ${want.source}`)
  })
}
