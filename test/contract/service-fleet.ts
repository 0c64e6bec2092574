import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CutoverError, ErrorCode } from '../../src/core/errors.ts'
import { isCutoverError } from '../../src/core/errors.ts'
import type { InstanceStatus } from '../../src/core/instance-status.ts'
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
  /** The clock of the instance's machine is ahead by so much. */
  setClock(instance: string, aheadMs: number): void
  /** The instance takes questions for its status and answers none. */
  silence(instance: string): void
  /** It wants another token than the runner has. */
  changeToken(instance: string): void
  /** A field of its status is something else. */
  answerWith(instance: string, field: keyof InstanceStatus, value: unknown): void
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

    const instanceOf = async (name: string) => {
      const found = (await opened.fleet.instances(signal())).find((one) => one.name === name)
      if (!found) throw new Error(`no instance ${name}`)
      return found
    }
    const statusOf = async (name: string) => opened.fleet.status(await instanceOf(name), signal())

    it('finds the instances of the playbook, in its order', async () => {
      const found = await opened.fleet.instances(signal())
      expect(found.map(({ name }) => name)).toEqual(opened.instances)
      expect(found.every(({ url }) => url.startsWith('http://'))).toBe(true)
    })

    it('hears from each instance how it is', async () => {
      const [first, second] = opened.instances
      expect((await statusOf(first)).status).toMatchObject({
        kind: 'cutover-instance',
        service: 'orders',
        instance: first,
        gate: 'open',
        generation: 0,
        notice: null,
        next: null,
      })
      expect((await statusOf(second)).status.instance).toBe(second)
    })

    it('hears the same when it waits for a state of the gate', async () => {
      const [first] = opened.instances
      const instance = await instanceOf(first)
      const wish = { gates: ['open', 'refusing'], withinMs: 500 } as const
      const { status, offsetMs } = await opened.fleet.statusWhen(instance, wish, signal())
      expect(status).toMatchObject({ service: 'orders', instance: first, gate: 'open' })
      expect(Math.abs(offsetMs)).toBeLessThan(1_000)
    })

    it('measures how far the clock of an instance is off, to half a round trip', async () => {
      const [first, second] = opened.instances
      opened.setClock(first, 90_000)
      opened.setClock(second, -90_000)
      for (const [name, aheadMs] of [
        [first, 90_000],
        [second, -90_000],
      ] as const) {
        const { offsetMs, roundTripMs } = await statusOf(name)
        expect(roundTripMs).toBeGreaterThan(0)
        // Both clocks of the test are of this machine; they show whole milliseconds.
        expect(Math.abs(offsetMs - aheadMs)).toBeLessThanOrEqual(roundTripMs / 2 + 2)
      }
    })

    it('says which instance does not answer, and waits for it only so long', async () => {
      const [first] = opened.instances
      opened.silence(first)
      const error = await errorOf(statusOf(first))
      expect(error).toMatchObject({ code: 'system.unreachable', message: expect.stringContaining(first) })
    })

    it('says which instance refuses the token', async () => {
      const [first] = opened.instances
      opened.changeToken(first)
      const error = await errorOf(statusOf(first))
      expect(error).toMatchObject({
        code: 'system.unauthenticated',
        message: expect.stringContaining(first),
      })
    })

    it('takes no answer of another service', async () => {
      const [first] = opened.instances
      opened.answerWith(first, 'service', 'billing')
      const error = await errorOf(statusOf(first))
      expect(error).toMatchObject({ code: 'system.refused', message: expect.stringMatching(/billing/) })
    })

    it.each<[keyof InstanceStatus, unknown]>([
      ['kind', 'something'],
      ['version', 2],
      ['now', 'noon'],
      ['gate', 'ajar'],
      ['generation', -1],
      ['notice', 'armed'],
      ['next', { etag: 'x' }],
      ['writes', {}],
      ['errors', null],
    ])('names the instance and the field when its %s is wrong', async (field, value) => {
      const [first] = opened.instances
      opened.answerWith(first, field, value)
      const error = await errorOf(statusOf(first))
      expect(error).toMatchObject({ code: 'system.refused', message: expect.stringContaining(first) })
      expect(error.message).toContain(`\`${field}`)
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

async function errorOf(promise: Promise<unknown>): Promise<CutoverError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (isCutoverError(error)) return error
  throw new Error('it did not fail as expected', { cause: error })
}
