import type { FenceKind } from './floor.ts'

const account = `fence: account
        accounts: [orders_app]
        tables: [{ schema: orders }]`

/**
 * The shipped playbook of the live switch for another fence, with waits that are for people made short. What stands in
 * the pause is as shipped.
 */
export function hotPlaybook(shipped: string, fence: FenceKind): string {
  return changed(changed(shipped, shortened), variants[fence])
}

type Change = readonly [from: RegExp, to: string]

const shortened: readonly Change[] = [
  [/lead: 3s/, 'lead: 1s'],
  [/every: 1s\n {4}goodReadings: 5/, 'every: 100ms\n    goodReadings: 1'],
]

const variants: Readonly<Record<FenceKind, readonly Change[]>> = {
  instance: [],
  schema: [
    [/fence: instance\n {8}tables/, 'fence: schema\n        schemas: [orders]\n        tables'],
    [/fence: instance/g, 'fence: schema, schemas: [orders]'],
  ],
  account: [
    [/ {2}# From here nobody writes to the target[^]*?fence: instance }\n\n/, ''],
    [/rights: read-write/, 'rights: read-only'],
    [/with: \{ database: source, fence: instance \}/, `with:\n        database: source\n        ${account}`],
    [
      /with: \{ database: source, fence: instance, tables: \[\{ schema: orders \}\], proof: fence \}/,
      `with:\n        database: source\n        ${account}\n        proof: fence`,
    ],
    [
      /with: \{ database: target, fence: instance \}/,
      'with: { database: target, account: orders_rw, tables: [{ schema: orders }] }',
    ],
    [/fence: instance\n {8}tables: \[\{ schema: orders \}\]/, account],
  ],
}

/** A change that finds nothing to change would quietly measure something else. */
function changed(text: string, changes: readonly Change[]): string {
  return changes.reduce((now, [from, to]) => {
    const next = now.replace(from, to)
    if (next === now) throw new Error(`the playbook has no ${String(from)}`)
    return next
  }, text)
}
