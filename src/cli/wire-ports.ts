import { documentEditor } from '../config-centers/documents/document-editor.ts'
import { CutoverError } from '../core/errors.ts'
import type { Playbook } from '../core/playbook.ts'
import type { ConfigCenter, Operator, Ports, ReversedRun, Secrets } from '../core/ports/index.ts'
import type { Redactor } from '../core/redact.ts'
import type { DatabaseSpec } from '../core/system-specs.ts'
import { systemClock } from '../core/system-clock.ts'
import { openReadingSession } from '../databases/open-reading-session.ts'
import type { SessionRules } from '../databases/server-session.ts'
import { openCommands } from '../fleet/commands.ts'
import { openServiceFleet } from '../fleet/open-service-fleet.ts'
import { openRowComparer } from '../verify/open-row-comparer.ts'
import { named, openSystems } from './open-systems.ts'

export interface WiredPorts extends AsyncDisposable {
  readonly ports: Ports
}

interface Wiring {
  readonly playbook: Playbook
  readonly secrets: Secrets
  readonly operator: Operator
  readonly redactor: Redactor
  /** For every database session, where a run will hold a lock. */
  readonly rules?: SessionRules
  /** The run that this one moves back. */
  readonly reversed?: ReversedRun | undefined
}

/** Connects a playbook's names with the real things. The only place that knows every adapter, with open-systems. */
export async function wirePorts(wiring: Wiring, signal: AbortSignal): Promise<WiredPorts> {
  const { playbook, secrets, operator, redactor } = wiring
  const systems = await openSystems(playbook, secrets, signal, wiring.rules)
  const commands = openCommands({ redactor })
  const configCenter = (name: string): ConfigCenter => named(systems.centers, name)
  const fleetPorts = { commands, secrets, clock: systemClock, configCenter }
  const services = new Map(
    Object.entries(playbook.services).map(([name, spec]) => [name, openServiceFleet(name, spec, fleetPorts)]),
  )
  const ports: Ports = {
    database: (name) => named(systems.databases, name),
    sync: (name) => named(systems.syncs, name),
    configCenter,
    service: (name) => named(services, name),
    notice: playbook.notice,
    reversed: wiring.reversed,
    documents: documentEditor,
    rows: openRowComparer((name, signal) =>
      openReadingSession(name, databaseSpec(playbook, name), secrets, signal),
    ),
    commands,
    operator,
    secrets,
    clock: systemClock,
  }
  return { ports, [Symbol.asyncDispose]: () => systems[Symbol.asyncDispose]() }
}

function databaseSpec(playbook: Playbook, name: string): DatabaseSpec {
  const spec = playbook.systems[name]
  if (spec?.kind === 'database') return spec
  throw new CutoverError('internal', `${name} is no database of the playbook`)
}
