import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { lockPlaceOf } from '../../../src/core/lock-document.ts'
import { loadPlaybook, variablesOf } from '../../../src/playbook/index.ts'
import type { LoadResult } from '../../../src/playbook/index.ts'
import { catalogue } from '../../../src/steps/catalogue.ts'

const apollo = `  apollo:
    kind: apollo
    portal: http://portal:8070
    token: env:APOLLO_TOKEN
    operator: cutover
    env: PRO
    app: orders
    configServers: http://config:8080

services:
`
const document = '    document: { center: nacos, dataId: orders.yaml }\n'
const inApollo = '    document: { center: apollo, dataId: orders.yaml }\n'

/** A shipped playbook whose service has its document in an Apollo. */
function load(documentLines: string): LoadResult {
  const shipped = readFileSync(new URL('../../../playbooks/stop-write-hot.yaml', import.meta.url), 'utf8')
  const text = shipped.replace('\nservices:\n', () => `\n${apollo}`).replace(document, () => documentLines)
  const variables = Object.fromEntries([...variablesOf(text).keys()].map((one) => [one, 'http://x']))
  const ports = { SOURCE_PORT: '1', TARGET_PORT: '1' }
  return loadPlaybook({ file: 'x.yaml', text, variables: { ...variables, ...ports }, catalogue })
}

it('a service whose lock would be in an Apollo is a mistake, told where the center is named', () => {
  const result = load(inApollo)
  expect(result.ok).toBe(false)
  if (result.ok) return
  expect(result.complaints.map(({ message }) => message)).toEqual([
    'apollo cannot keep the lock of a run on orders: an apollo has no compare-and-set.',
  ])
  expect(result.complaints[0]?.hint).toContain('Add "lock: { center: …, dataId: cutover-lock.orders }"')
  expect(result.complaints[0]?.place).toMatchObject({ column: 25 })
})

it('a lock that is named in an Apollo is the same mistake', () => {
  const result = load(`${document}    lock: { center: apollo, dataId: cutover-lock.orders.json }\n`)
  expect(result.ok).toBe(false)
})

it('a document in an Apollo with its lock in another center is fine, and the lock is there', () => {
  const result = load(`${inApollo}    lock: { center: nacos, dataId: cutover-lock.orders }\n`)
  expect(result.ok).toBe(true)
  if (!result.ok || !result.playbook.services.orders) return
  expect(lockPlaceOf(result.playbook.services.orders)).toEqual({
    center: 'nacos',
    group: 'DEFAULT_GROUP',
    dataId: 'cutover-lock.orders',
  })
})

it('a lock that is not named is beside the document', () => {
  const result = load(document)
  if (!result.ok || !result.playbook.services.orders) throw new Error('not reached')
  expect(lockPlaceOf(result.playbook.services.orders)).toMatchObject({
    center: 'nacos',
    dataId: 'cutover-lock.orders.yaml',
  })
})
