import { expect, test } from 'vitest'
import { trackOrders } from '../../../src/lab/load/known-orders.ts'

test('an order is read only a while after its acknowledgement', () => {
  const known = trackOrders(['base-1'])
  known.acknowledged('w-1-1', 1000)
  known.acknowledged('w-1-2', 1500)
  known.settle(2999)
  expect(known.pickOwn(0)).toBeUndefined()
  known.settle(3000)
  expect(known.pickOwn(0.99)).toBe('w-1-1')
  known.settle(3500)
  expect(known.pickOwn(0.99)).toBe('w-1-2')
})

test('reads hit orders from before the load and its own alike', () => {
  const known = trackOrders(['base-1', 'base-2'])
  expect([0, 0.49, 0.5, 0.99].map((random) => known.pick(random))).toEqual([
    'base-1',
    'base-2',
    'base-2',
    'base-2',
  ])
  known.acknowledged('w-1-1', 0)
  known.settle(10_000)
  expect([0, 0.49, 0.5, 0.99].map((random) => known.pick(random))).toEqual([
    'base-1',
    'base-2',
    'w-1-1',
    'w-1-1',
  ])
})
