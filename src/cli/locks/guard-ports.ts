import type { ConfigCenter, DatabaseServer, Ports, ServiceFleet, SyncTask } from '../../core/ports/index.ts'

/** Whoever must be asked before each deed. Throws when it must not be done. */
export type Admit = (signal: AbortSignal) => Promise<void>

/** Asked before deeds of each sort. */
export interface Admissions {
  readonly admit: Admit
  /** Before a statement over a session of the kit. */
  readonly admitStatement: Admit
}

/** Every method of the ports that changes something outside, or tries to. */
const deeds = {
  statements: [
    'createAccount',
    'dropAccount',
    'setPassword',
    'grant',
    'revoke',
    'restoreAccount',
    'giveBack',
    'endSession',
    'raiseFence',
    'lowerFence',
    'prepareReleases',
    'forgetReleaseReaders',
    'release',
    'withdrawRelease',
  ],
  // Tries writes with the service's own credential, over sessions of that account.
  database: ['proveSilence'],
  sync: ['start', 'stop', 'remove'],
  center: ['put', 'remove', 'putGray', 'stopGray'],
  service: ['restart', 'putBack'],
} as const satisfies {
  readonly statements: readonly (keyof DatabaseServer)[]
  readonly database: readonly (keyof DatabaseServer)[]
  readonly sync: readonly (keyof SyncTask)[]
  readonly center: readonly (keyof ConfigCenter)[]
  readonly service: readonly (keyof ServiceFleet)[]
}

/**
 * The same ports, where every deed first asks whether this run still holds its lock.
 *
 * Between the answer and the deed a moment is left. For statements it is closed at the other end: whoever breaks a lock
 * ends the sessions that were open then, and a new one is admitted only by the same question. For what goes over HTTP
 * and for programs it stays: a process that is stopped in it and woken up after its lock was broken sends the one
 * request that it had already decided to send. Documents are written by compare-and-set all the same, so what the new
 * holder wrote is not overwritten; a restart or a command happens once more.
 */
export function guardPorts(ports: Ports, { admit, admitStatement }: Admissions): Ports {
  return {
    ...ports,
    database: (name) =>
      guarded(guarded(ports.database(name), deeds.database, admit), deeds.statements, admitStatement),
    sync: (name) => guarded(ports.sync(name), deeds.sync, admit),
    configCenter: (name) => guarded(ports.configCenter(name), deeds.center, admit),
    service: (name) => guardRequests(guarded(ports.service(name), deeds.service, admit), admit),
    commands: guarded(ports.commands, ['run', 'output'], admit),
  }
}

function guarded<T extends object>(target: T, names: readonly (keyof T & string)[], admit: Admit): T {
  const watched = new Set<string | symbol>(names)
  return intercept(target, (name, args) => (watched.has(name) ? admit(signalOf(args)) : undefined))
}

const readingMethods = new Set(['GET', 'HEAD'])

function guardRequests(target: ServiceFleet, admit: Admit): ServiceFleet {
  return intercept(target, (name, args) => {
    if (name !== 'request') return undefined
    const { method } = args[0] as Parameters<ServiceFleet['request']>[0]
    return readingMethods.has(method.toUpperCase()) ? undefined : admit(signalOf(args))
  })
}

/** Calls go to `target` itself, after what `before` returns has resolved; undefined: at once. */
function intercept<T extends object>(
  target: T,
  before: (name: string | symbol, args: readonly unknown[]) => Promise<void> | undefined,
): T {
  return new Proxy(target, {
    get(_target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        const admitted = before(name, args)
        const call = (): unknown => Reflect.apply(value, target, args)
        return admitted ? admitted.then(call) : call()
      }
    },
  })
}

/** Every method of a port takes it last. */
function signalOf(args: readonly unknown[]): AbortSignal {
  return args.at(-1) as AbortSignal
}
