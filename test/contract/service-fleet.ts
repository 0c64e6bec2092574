import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/core/errors.ts'
import { isCutoverError } from '../../src/core/errors.ts'
import type { ServiceFleet } from '../../src/core/ports/service-fleet.ts'

/** A service of two instances, both healthy, that answers 404 below /orders/ and 200 at /health. */
export interface OpenedFleet extends AsyncDisposable {
  readonly fleet: ServiceFleet
  readonly instances: readonly [string, string]
  /** Names the instance's present process: another value after each restart. */
  processOf(instance: string): string
  inBalancer(instance: string): boolean
  /** Takes it out of the balancer, as a runner does that dies right after it. */
  takeOut(instance: string): void
  /** From now on it does not come up. */
  breakInstance(instance: string): void
  /** The service's address answers no more. */
  takeDown(): Promise<void>
}

/** What every ServiceFleet does, whatever stands behind it. */
export function serviceFleetContract(name: string, open: () => Promise<OpenedFleet>): void {
  describe(`service fleet: ${name}`, () => {
    let opened: OpenedFleet
    const signal = () => AbortSignal.timeout(10_000)

    beforeEach(async () => {
      opened = await open()
    })
    afterEach(async () => {
      await opened[Symbol.asyncDispose]()
    })

    it('tells the health of every instance, in the order of the playbook', async () => {
      const health = await opened.fleet.health(signal())
      expect(health.map(({ instance, healthy }) => [instance, healthy])).toEqual(
        opened.instances.map((instance) => [instance, true]),
      )
    })

    it('restarts exactly the one instance, which is healthy and in the balancer afterwards', async () => {
      const [first, second] = opened.instances
      const before = [opened.processOf(first), opened.processOf(second)]
      await opened.fleet.restart(first, signal())
      expect(opened.processOf(first)).not.toBe(before[0])
      expect(opened.processOf(second)).toBe(before[1])
      expect(opened.inBalancer(first)).toBe(true)
      expect((await opened.fleet.health(signal())).every(({ healthy }) => healthy)).toBe(true)
    })

    it('leaves an instance that does not come up out, and says so', async () => {
      const [first, second] = opened.instances
      opened.breakInstance(second)
      const restart = opened.fleet.restart(second, AbortSignal.timeout(400))
      expect(await codeOf(restart)).toBe('service.unhealthy')
      expect(opened.inBalancer(second)).toBe(false)
      expect(opened.inBalancer(first)).toBe(true)
      const health = await opened.fleet.health(signal())
      expect(health.map(({ healthy }) => healthy)).toEqual([true, false])
    })

    it('puts a healthy instance back that was left out, and leaves one alone that is in', async () => {
      const [first, second] = opened.instances
      opened.takeOut(first)
      await opened.fleet.putBack(first, signal())
      await opened.fleet.putBack(second, signal())
      expect([opened.inBalancer(first), opened.inBalancer(second)]).toEqual([true, true])
    })

    it('has no instance that the playbook does not name', async () => {
      expect(await codeOf(opened.fleet.restart('nobody', signal()))).toBe('internal')
    })

    it('takes any status for an answer', async () => {
      const answer = await opened.fleet.request({ method: 'GET', path: '/orders/none' }, signal())
      expect(answer.status).toBe(404)
      expect(answer.ms).toBeGreaterThanOrEqual(0)
      expect(Object.keys(answer.headers).every((header) => header === header.toLowerCase())).toBe(true)
      const health = await opened.fleet.request(
        { method: 'GET', path: opened.fleet.spec.healthPath },
        signal(),
      )
      expect(health.status).toBe(200)
    })

    it('says when nobody answers', async () => {
      await opened.takeDown()
      const request = opened.fleet.request({ method: 'GET', path: '/health' }, signal())
      expect(await codeOf(request)).toBe('system.unreachable')
    })
  })
}

async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | 'nothing was thrown'> {
  try {
    await promise
    return 'nothing was thrown'
  } catch (error) {
    if (isCutoverError(error)) return error.code
    throw error
  }
}
