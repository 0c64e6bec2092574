import type { Clock } from './clock.ts'
import type { Commands } from './commands.ts'
import type { ConfigCenter } from './config-center.ts'
import type { DatabaseServer } from './database-server.ts'
import type { DocumentEditor } from './document-editor.ts'
import type { Operator } from './operator.ts'
import type { ReversedRun } from './reversed-run.ts'
import type { RowComparer } from './row-comparer.ts'
import type { Secrets } from './secrets.ts'
import type { ServiceFleet } from './service-fleet.ts'
import type { SyncTask } from './sync-task.ts'
import type { DocumentSpec } from '../system-specs.ts'

/**
 * Everything a step or gate can reach. A name that the playbook does not have throws `internal`:
 * the playbook was checked before.
 */
export interface Ports {
  database(name: string): DatabaseServer
  sync(name: string): SyncTask
  configCenter(name: string): ConfigCenter
  service(name: string): ServiceFleet
  /** The playbook's notice document, if it has one. */
  readonly notice: DocumentSpec | undefined
  /** The run that this one moves back; absent in every other run. */
  readonly reversed?: ReversedRun | undefined
  readonly documents: DocumentEditor
  readonly rows: RowComparer
  readonly commands: Commands
  readonly operator: Operator
  readonly secrets: Secrets
  readonly clock: Clock
}

export type * from './clock.ts'
export type * from './commands.ts'
export type * from './config-center.ts'
export type * from './database-server.ts'
export type * from './document-editor.ts'
export type * from './operator.ts'
export type * from './reversed-run.ts'
export type * from './row-comparer.ts'
export type * from './secrets.ts'
export type * from './service-fleet.ts'
export type * from './sync-task.ts'
