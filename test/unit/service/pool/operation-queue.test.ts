import { describe, expect, it } from 'vitest'
import { Operation } from '../../../../src/service/pool/operation.ts'
import { OperationQueue } from '../../../../src/service/pool/operation-queue.ts'
import { describeStatement } from '../../../../src/service/sql/describe-statement.ts'

const [one, two, three] = ['SELECT 1', 'SELECT 2', 'SELECT 3'].map(
  (sql) => new Operation(describeStatement(sql), undefined),
) as [Operation, Operation, Operation]

function queueOf(...operations: readonly Operation[]): OperationQueue {
  const queue = new OperationQueue()
  for (const operation of operations) queue.push(operation)
  return queue
}

describe('a queue of operations', () => {
  it('says of each whether it came first, and gives them out in order', () => {
    const queue = new OperationQueue()
    expect([queue.isEmpty, queue.push(one), queue.push(two), queue.isEmpty]).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(queue.drain()).toEqual([one, two])
    expect([queue.isEmpty, queue.push(one)]).toEqual([true, true])
    queue.drain()
  })

  it.each([
    ['the first', one, [two, three]],
    ['one between', two, [one, three]],
    ['the last', three, [one, two]],
  ])('goes on without %s', (_, gone, left) => {
    const queue = queueOf(one, two, three)
    queue.remove(gone)
    queue.push(gone)
    expect(queue.drain()).toEqual([...left, gone])
  })

  it('takes no notice of one that is not in it', () => {
    const queue = queueOf(one)
    queue.remove(two)
    expect(queue.drain()).toEqual([one])
    queue.remove(one)
    expect([queue.isEmpty, queue.push(two)]).toEqual([true, true])
    queue.drain()
  })
})
