import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CutoverError } from '../../../src/core/errors.ts'
import { isCutoverError } from '../../../src/core/errors.ts'
import type { ServiceFleet } from '../../../src/core/ports/service-fleet.ts'
import { serviceSpec } from '../../../src/core/system-specs.ts'
import { openServiceFleet } from '../../../src/fleet/open-service-fleet.ts'
import { findFreePort } from '../../../src/lab/servers/find-free-port.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'
import { fleetPorts } from './fleet-ports.ts'
import type { TinyService } from './tiny-service.ts'
import { startTinyService } from './tiny-service.ts'

let tiny: TinyService
let fleet: ServiceFleet

beforeEach(async () => {
  tiny = await startTinyService()
  fleet = openServiceFleet('orders', tiny.spec, fleetPorts())
})
afterEach(async () => {
  await tiny[Symbol.asyncDispose]()
})

async function failureOf(promise: Promise<unknown>): Promise<CutoverError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isCutoverError(error)) throw new Error('it did not fail as expected', { cause: error })
  return error
}

const soon = () => AbortSignal.timeout(5000)

it('asks for health only after the restart, and puts the instance back only after that', async () => {
  await fleet.restart('a', soon())
  expect(tiny.events).toEqual(['drain a', 'restart a', 'health a', 'ready a'])
})

it('waits for health for as long as it takes', async () => {
  const [a] = tiny.instances
  if (a === undefined) throw new Error('no instance')
  a.broken = true
  const restart = fleet.restart('a', soon())
  await expect.poll(() => tiny.events.filter((event) => event === 'health a').length).toBeGreaterThan(3)
  a.broken = false
  await restart
  expect(tiny.events.at(-1)).toBe('ready a')
})

it('does not restart what could not be taken out, and puts it back', async () => {
  tiny.answers.set('drain a', 504)
  const error = await failureOf(fleet.restart('a', soon()))
  expect(error.code).toBe('service.unhealthy')
  expect(error.message).toMatch(
    /a could not be taken out .* not restarted; it gets requests as before: .* 504/,
  )
  expect(tiny.events).toEqual(['drain a', 'ready a'])
})

it('leaves an instance out whose restart failed, and says how to put it back', async () => {
  tiny.answers.set('restart a', 500)
  const error = await failureOf(fleet.restart('a', soon()))
  expect(error.message).toMatch(/a could not be restarted; it stays out of the balancer/)
  expect(error.hint).toMatch(/PUT http:.*\/ready\/a/)
  expect(tiny.events).toEqual(['drain a', 'restart a'])
})

it('says so when a healthy instance could not be put back', async () => {
  tiny.answers.set('ready a', 503)
  const error = await failureOf(fleet.restart('a', soon()))
  expect(error.message).toMatch(/a is healthy but could not be put back .*503.*stays out of the balancer/)
})

it('restarts with a program, whose last words are in the error when it fails', async () => {
  const [instance] = tiny.spec.instances
  const spec = serviceSpec.parse({
    ...tiny.spec,
    instances: [{ ...instance, restart: { command: ['/bin/sh', '-c', 'echo unit not found >&2; exit 5'] } }],
  })
  const error = await failureOf(openServiceFleet('orders', spec, fleetPorts()).restart('a', soon()))
  expect(error.message).toMatch(/could not be restarted.* status 5: unit not found/)
})

it('stops at once when the run is stopped, and the instance stays out', async () => {
  const [a] = tiny.instances
  if (a === undefined) throw new Error('no instance')
  a.broken = true
  const stop = new AbortController()
  const restart = failureOf(fleet.restart('a', stop.signal))
  await expect.poll(() => tiny.events.includes('health a')).toBe(true)
  stop.abort(new Error('stopped'))
  expect((await restart).message).toContain('stays out of the balancer')
  expect(tiny.events).not.toContain('ready a')
})

it('tells an unanswered write, whose fate is open, from one that was never sent', async () => {
  const clock = createFakeClock()
  const timed = openServiceFleet('orders', tiny.spec, fleetPorts(clock))
  const write = { method: 'POST', path: '/slow', body: '{}' }
  const failure = failureOf(timed.request(write, soon()))
  await expect.poll(() => tiny.events).toContain('request /slow')
  await clock.advance(5000)
  const error = await failure
  expect(error.code).toBe('system.ambiguous')
  expect(error.message).toMatch(/POST \/slow .* did not finish within 5 s/)
  const nobody = { ...tiny.spec, url: `http://127.0.0.1:${await findFreePort()}` }
  const unheard = openServiceFleet('orders', nobody, fleetPorts()).request(write, soon())
  expect((await failureOf(unheard)).code).toBe('system.unreachable')
})

it('names a port that fetch does not talk to', async () => {
  const blocked = openServiceFleet('orders', { ...tiny.spec, url: 'http://127.0.0.1:6000' }, fleetPorts())
  const error = await failureOf(blocked.request({ method: 'POST', path: '/' }, soon()))
  expect(error.code).toBe('system.unreachable')
  expect(error.message).toContain('browsers and Node refuse this port')
})

it('sends method, headers and body, and keeps a path the address already has', async () => {
  const answer = await fleet.request({ method: 'POST', path: '/echo', body: 'hello' }, soon())
  expect(answer).toMatchObject({ status: 200, body: 'hello', headers: { 'x-seen-by': 'tiny' } })
  const spec = { ...tiny.spec, url: `${tiny.spec.url}/echo/` }
  const below = openServiceFleet('orders', spec, fleetPorts())
  expect((await below.request({ method: 'GET', path: '/x' }, soon())).status).toBe(404)
})

it('passes the reason on when the caller stops a request', async () => {
  const reason = new Error('stopped')
  await expect(fleet.request({ method: 'GET', path: '/health' }, AbortSignal.abort(reason))).rejects.toBe(
    reason,
  )
})
