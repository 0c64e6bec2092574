import type { TableDefinition } from '../core/ports/database-server.ts'

/** What about the tables of two servers would make rows or statements differ. One line per finding. */
export function compareTables(
  names: { readonly source: string; readonly target: string },
  source: readonly TableDefinition[],
  target: readonly TableDefinition[],
): readonly string[] {
  const there = new Map(target.map((table) => [titleOf(table), table]))
  return source.flatMap((table) => {
    const other = there.get(titleOf(table))
    if (!other) return [`${titleOf(table)} does not exist on ${names.target}`]
    return compareTable(names, table, other)
  })
}

/** `orders.orders: t_audit` for tables that have triggers: they fire for the service's writes wherever they are. */
export function listTriggers(tables: readonly TableDefinition[]): readonly string[] {
  return tables
    .filter(({ triggers }) => triggers.length > 0)
    .map((table) => `${titleOf(table)}: ${table.triggers.join(', ')}`)
}

function compareTable(
  names: { readonly source: string; readonly target: string },
  source: TableDefinition,
  target: TableDefinition,
): readonly string[] {
  const title = titleOf(source)
  const findings = compareColumns(names, source, target)
  if (source.primaryKey.join() !== target.primaryKey.join()) {
    findings.push(
      `${title}: primary key (${source.primaryKey.join(', ')}) on ${names.source}, (${target.primaryKey.join(', ')}) on ${names.target}`,
    )
  }
  findings.push(...compareConstraints(names, source, target))
  if (source.collation !== target.collation) {
    findings.push(
      `${title}: collation ${source.collation} on ${names.source}, ${target.collation} on ${names.target}`,
    )
  }
  for (const [name, table] of [
    [names.source, source],
    [names.target, target],
  ] as const) {
    if (table.engine.toLowerCase() !== 'innodb')
      findings.push(`${title}: engine ${table.engine} on ${name}, not InnoDB`)
  }
  return findings
}

/** A unique key that is only on one side lets one of them take a row that the other refuses. */
function compareConstraints(
  names: { readonly source: string; readonly target: string },
  source: TableDefinition,
  target: TableDefinition,
): readonly string[] {
  const only = (here: TableDefinition, there: TableDefinition, name: string): readonly string[] =>
    here.constraints
      .filter((line) => !there.constraints.includes(line))
      .map((line) => `${titleOf(here)}: ${line} is only on ${name}`)
  return [...only(source, target, names.source), ...only(target, source, names.target)]
}

function compareColumns(
  names: { readonly source: string; readonly target: string },
  source: TableDefinition,
  target: TableDefinition,
): string[] {
  const findings: string[] = []
  for (let index = 0; index < Math.max(source.columns.length, target.columns.length); index += 1) {
    const here = source.columns[index]
    const there = target.columns[index]
    if (here === there) continue
    findings.push(
      `${titleOf(source)}: column ${index + 1} is ${here ?? 'absent'} on ${names.source}, ${there ?? 'absent'} on ${names.target}`,
    )
  }
  return findings
}

function titleOf(table: TableDefinition): string {
  return `${table.schema}.${table.table}`
}
