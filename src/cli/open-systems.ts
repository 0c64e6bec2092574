import { openConfigCenter } from '../config-centers/open-config-center.ts'
import { isCenterSpec } from '../core/center-specs.ts'
import { CutoverError, isCutoverError } from '../core/errors.ts'
import type { Playbook } from '../core/playbook.ts'
import type { ConfigCenter, DatabaseServer, Secrets, SyncTask } from '../core/ports/index.ts'
import type { SystemSpec } from '../core/system-specs.ts'
import { systemClock } from '../core/system-clock.ts'
import { openDatabaseServer } from '../databases/open-database-server.ts'
import type { SessionRules } from '../databases/server-session.ts'
import { openNativeReplication } from '../sync/open-native-replication.ts'

/** Every system of a playbook, open, by its name. */
export interface OpenSystems extends AsyncDisposable {
  readonly databases: ReadonlyMap<string, DatabaseServer>
  readonly syncs: ReadonlyMap<string, SyncTask>
  readonly centers: ReadonlyMap<string, ConfigCenter>
}

/**
 * Opens all systems side by side. When one fails, the others are closed again and its error is thrown.
 * @param rules for every database session, where a run will hold a lock.
 */
export async function openSystems(
  playbook: Playbook,
  secrets: Secrets,
  signal: AbortSignal,
  rules?: SessionRules,
): Promise<OpenSystems> {
  const databases = new Map<string, DatabaseServer>()
  const syncs = new Map<string, SyncTask>()
  const centers = new Map<string, ConfigCenter>()
  const systems: OpenSystems = {
    databases,
    syncs,
    centers,
    async [Symbol.asyncDispose]() {
      const handles: Iterable<AsyncDisposable | SyncTask>[] = [
        syncs.values(),
        databases.values(),
        centers.values(),
      ]
      for (const group of handles) await Promise.allSettled([...group].map(closeIfOpen))
    },
  }
  const open = async (name: string, spec: SystemSpec): Promise<void> => {
    if (spec.kind === 'database') {
      databases.set(name, await openDatabaseServer(name, spec, secrets, systemClock, signal, rules))
    }
    if (isCenterSpec(spec)) centers.set(name, await openConfigCenter(name, spec, secrets, systemClock))
  }
  try {
    await allOrFailures(Object.entries(playbook.systems).map(([name, spec]) => open(name, spec)))
    for (const [name, spec] of Object.entries(playbook.systems)) {
      if (spec.kind !== 'native-replication') continue
      syncs.set(
        name,
        openNativeReplication(name, spec, (database) => named(databases, database)),
      )
    }
    return systems
  } catch (error) {
    await systems[Symbol.asyncDispose]()
    throw error
  }
}

/** Waits for all: nothing is still being opened when the others are closed, and every failure is told at once. */
async function allOrFailures(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  const [first] = reasons
  if (first === undefined) return
  const failures = reasons.filter(isCutoverError)
  if (!isCutoverError(first) || failures.length < reasons.length || failures.length === 1) throw first
  throw new CutoverError(first.code, failures.map(({ message }) => message).join('\n  '), {
    hint: failures.flatMap(({ hint }) => hint ?? []).join('\n        '),
  })
}

async function closeIfOpen(handle: AsyncDisposable | SyncTask): Promise<void> {
  if (Symbol.asyncDispose in handle) await handle[Symbol.asyncDispose]()
}

/** The thing of this name; the playbook was checked, so a missing one is a defect of the kit. */
export function named<T>(things: ReadonlyMap<string, T>, name: string): T {
  const thing = things.get(name)
  if (!thing) throw new CutoverError('internal', `nothing called ${name} is open`)
  return thing
}
