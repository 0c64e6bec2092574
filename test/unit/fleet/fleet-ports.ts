import type { Clock } from '../../../src/core/ports/clock.ts'
import { createRedactor } from '../../../src/core/redact.ts'
import { Secret } from '../../../src/core/secret.ts'
import { systemClock } from '../../../src/core/system-clock.ts'
import { openCommands } from '../../../src/fleet/commands.ts'
import type { FleetPorts } from '../../../src/fleet/open-service-fleet.ts'
import { createCenterState, createFakeConfigCenter } from '../../fakes/fake-config-center.ts'

/** What every instance of the tests wants to hear. */
export const statusToken = 'a-token-that-nobody-guesses'

/** What a fleet works with: real programs, a config center in memory. */
export function fleetPorts(clock: Clock = systemClock): FleetPorts {
  return {
    commands: openCommands({ redactor: createRedactor() }),
    configCenter: () => createFakeConfigCenter(createCenterState('nacos')),
    secrets: { resolve: (ref) => Promise.resolve(new Secret(ref, statusToken)) },
    clock,
  }
}
