import { hostname } from 'node:os'
import { expect, it } from 'vitest'
import { callerName } from '../../../../src/cli/control/caller.ts'

it.each([
  ['ann', '', 'ann'],
  ['root', 'ann', 'ann'],
  ['root', '', 'root'],
  ['bob', 'ann', 'bob'],
])('%s that came from %s with sudo is on the record as %s', (user, before, name) => {
  expect(callerName(user, before)).toBe(`${name}@${hostname()}`)
})
