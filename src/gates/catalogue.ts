import type { AnyGateKind } from '../core/gate.ts'
import { caughtUp } from './caught-up.ts'
import { configReceived } from './config-received.ts'
import { databasesCompatible } from './databases-compatible.ts'
import { instancesReady } from './instances-ready.ts'
import { noSessions } from './no-sessions.ts'
import { operatorAgrees } from './operator-agrees.ts'
import { rowsMatch } from './rows-match.ts'
import { servicesHealthy } from './services-healthy.ts'
import { writesStopped } from './writes-stopped.ts'

const kinds = [
  databasesCompatible,
  servicesHealthy,
  instancesReady,
  configReceived,
  caughtUp,
  noSessions,
  writesStopped,
  rowsMatch,
  operatorAgrees,
  // The kinds' types differ. The runner hands a kind only what that kind's own schema returned.
] as unknown as readonly AnyGateKind[]

/** Every gate a playbook may use. A new gate kind is one file and one line here. */
export const gates: ReadonlyMap<string, AnyGateKind> = new Map(kinds.map((gate) => [gate.kind, gate]))
