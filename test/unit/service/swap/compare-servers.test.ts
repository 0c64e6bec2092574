import { expect, it } from 'vitest'
import { compareServers } from '../../../../src/service/swap/compare-servers.ts'
import type { ServerLook } from '../../../../src/service/swap/look-at-server.ts'

const look = (changes: Partial<ServerLook> = {}, settings: Record<string, string> = {}): ServerLook => ({
  identity: 'a',
  flavour: 'mysql',
  version: '8.0.36',
  settings: new Map(
    Object.entries({
      sql_mode: 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION',
      time_zone: 'UTC',
      character_set_connection: 'utf8mb4',
      collation_connection: 'utf8mb4_0900_ai_ci',
      ...settings,
    }),
  ),
  tables: new Set(['orders', 'items']),
  ...changes,
})
const there = (changes?: Partial<ServerLook>, settings?: Record<string, string>) =>
  compareServers(look(), look({ identity: 'b', ...changes }, settings))

it('finds nothing against another server that is alike, newer, and lists its modes in another order', () => {
  expect(there()).toEqual([])
  expect(there({ version: '8.4.2', tables: new Set(['items', 'more', 'orders']) })).toEqual([])
  expect(there({}, { sql_mode: 'NO_ENGINE_SUBSTITUTION,STRICT_TRANS_TABLES' })).toEqual([])
})

it.each([
  ['the same server', there({ identity: 'a' })],
  ['the product', there({ flavour: 'mariadb' })],
  ['older: 8.0.36 now, 5.7.44', there({ version: '5.7.44' })],
  ['sql_mode', there({}, { sql_mode: 'NO_ENGINE_SUBSTITUTION' })],
  ['time_zone', there({}, { time_zone: '+08:00' })],
  ['the character set of connections', there({}, { character_set_connection: 'latin1' })],
  ['the collation of connections', there({}, { collation_connection: 'utf8mb4_general_ci' })],
  ['lower_case_table_names', there({}, { lower_case_table_names: '1' })],
  ['1 of the tables there, such as items', there({ tables: new Set(['orders']) })],
])('says what speaks against a server: %s', (what, problems) => {
  expect(problems).toHaveLength(1)
  expect(problems[0]?.toLowerCase()).toContain(what.toLowerCase())
})
