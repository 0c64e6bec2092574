import { openServiceFleet } from '../../src/fleet/open-service-fleet.ts'
import { createFakeWorld } from '../fakes/fake-world.ts'
import { fleetPorts } from '../unit/fleet/fleet-ports.ts'
import { startTinyService } from '../unit/fleet/tiny-service.ts'
import type { OpenedFleet } from './service-fleet.ts'
import { serviceFleetContract } from './service-fleet.ts'

async function openReal(): Promise<OpenedFleet> {
  const tiny = await startTinyService()
  const find = (name: string) => {
    const found = tiny.instances.find((one) => one.name === name)
    if (found === undefined) throw new Error(`no instance ${name}`)
    return found
  }
  return {
    fleet: openServiceFleet('orders', tiny.spec, fleetPorts()),
    instances: ['a', 'b'],
    processOf: (name) => `start ${find(name).restarts}`,
    inBalancer: (name) => find(name).inBalancer,
    takeOut: (name) => {
      find(name).inBalancer = false
    },
    breakInstance: (name) => {
      find(name).broken = true
    },
    takeDown: () => tiny.takeDown(),
    setClock: (name, aheadMs) => {
      find(name).clockAheadMs = aheadMs
    },
    silence: (name) => {
      find(name).silent = true
    },
    changeToken: (name) => {
      find(name).token = 'another'
    },
    answerWith: (name, field, value) => {
      find(name).status = { [field]: value }
    },
    [Symbol.asyncDispose]: () => tiny[Symbol.asyncDispose](),
  }
}

serviceFleetContract('HTTP servers on this machine', openReal)

function openFake(): Promise<OpenedFleet> {
  const world = createFakeWorld()
  const find = (name: string) => {
    const found = world.orders.instances.find((one) => one.name === name)
    if (found === undefined) throw new Error(`no instance ${name}`)
    return found
  }
  return Promise.resolve({
    fleet: world.ports.service('orders'),
    instances: ['orders-1', 'orders-2'],
    // An instance in memory shows as its session on the source.
    processOf: (name) => `session ${world.source.sessions.find(({ program }) => program === name)?.id}`,
    inBalancer: (name) => find(name).inBalancer,
    takeOut: (name) => {
      find(name).inBalancer = false
    },
    breakInstance: (name) => {
      find(name).broken = true
    },
    takeDown: () => {
      world.orders.down = true
      return Promise.resolve()
    },
    setClock: (name, aheadMs) => {
      find(name).hot.clockAheadMs = aheadMs
    },
    silence: (name) => {
      find(name).hot.silent = true
    },
    changeToken: (name) => {
      find(name).hot.refusesToken = true
    },
    answerWith: (name, field, value) => {
      find(name).hot.wrong = { [field]: value }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })
}

serviceFleetContract('in memory', openFake)
