import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CenterReadAccess } from '../../config-centers/open-document-reader.ts'
import { startDeadline } from '../../core/deadline.ts'
import { CutoverError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { systemClock } from '../../core/system-clock.ts'
import { findFreePort } from '../servers/find-free-port.ts'
import { builtProgram } from './built-program.ts'
import { openControlSocket } from './control-socket.ts'
import type { RunningInstance } from './managed-instance.ts'
import { ManagedInstance } from './managed-instance.ts'

export type { RunningInstance } from './managed-instance.ts'

export interface StartServicesOptions {
  /** For logs, the control socket and the restart command; made when missing, not removed. */
  readonly directory: string
  readonly center: CenterReadAccess
  /** Which instances. Default: orders-1, orders-2, billing-1. */
  readonly instances?: readonly SampleInstance[]
  /** Ends the wait for all of them to be healthy. */
  readonly signal: AbortSignal
}

export interface SampleInstance {
  readonly name: string
  /** One of the lab's, or the path of another program that takes the same settings. */
  readonly program: 'orders-service' | 'billing-service' | `/${string}`
  /** See ServiceSettings. */
  readonly statusToken?: Secret
}

/** The lab's services: separate processes that end with it. */
export interface RunningServices extends AsyncDisposable {
  readonly instances: readonly RunningInstance[]
  /** @throws CutoverError `usage` for a name that is none of them. */
  instance(name: string): RunningInstance
  /** Path of an executable that takes an instance's name and restarts it. */
  readonly restartCommand: string
  /** SIGTERM, wait until it is gone, start it again; resolves when the new process was started. */
  restart(name: string): Promise<void>
  /** SIGKILL, as a crash: it stays down until it is restarted. */
  kill(name: string): Promise<void>
}

export const sampleInstances: readonly SampleInstance[] = [
  { name: 'orders-1', program: 'orders-service' },
  { name: 'orders-2', program: 'orders-service' },
  { name: 'billing-1', program: 'billing-service' },
]

/** Starts the sample services and waits until all of them are healthy. Nothing is left behind when that fails. */
export async function startServices(options: StartServicesOptions): Promise<RunningServices> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 })
  const supervisor = new Supervisor(options)
  try {
    await supervisor.open(options.instances ?? sampleInstances)
    await Promise.all(supervisor.instances.map((one) => untilHealthy(one, options.signal)))
    return supervisor
  } catch (error) {
    await supervisor[Symbol.asyncDispose]()
    throw error
  }
}

class Supervisor implements RunningServices {
  readonly restartCommand: string
  readonly #options: StartServicesOptions
  readonly #managed = new Map<string, ManagedInstance>()
  #control: AsyncDisposable | undefined

  constructor(options: StartServicesOptions) {
    this.#options = options
    this.restartCommand = join(options.directory, 'restart-service')
  }

  get instances(): readonly RunningInstance[] {
    return [...this.#managed.values()]
  }

  async open(wanted: readonly SampleInstance[]): Promise<void> {
    const { directory, center } = this.#options
    for (const { name, program, ...more } of wanted) {
      const settings = { ...more, instance: name, port: await findFreePort(), center }
      this.#managed.set(name, new ManagedInstance(program, settings, directory))
    }
    const socket = join(directory, 'control')
    this.#control = await openControlSocket(socket, this)
    await writeRestartCommand(this.restartCommand, socket)
    await Promise.all([...this.#managed.values()].map((one) => one.start()))
  }

  instance(name: string): ManagedInstance {
    const found = this.#managed.get(name)
    if (found === undefined) throw new CutoverError('usage', `the lab has no instance ${name}`)
    return found
  }

  async restart(name: string): Promise<void> {
    await this.instance(name).restart()
  }

  async kill(name: string): Promise<void> {
    await this.instance(name).kill()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control?.[Symbol.asyncDispose]()
    await Promise.all([...this.#managed.values()].map((one) => one.end()))
  }
}

async function writeRestartCommand(path: string, socket: string): Promise<void> {
  const words = [process.execPath, builtProgram('services/restart-command'), socket]
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  await writeFile(path, `#!/bin/sh\nexec ${quoted} "$1"\n`)
  await chmod(path, 0o755)
}

/** Longest wait for one health answer, milliseconds. */
const lookMs = 2000

async function untilHealthy(instance: RunningInstance, signal: AbortSignal): Promise<void> {
  let reason = 'no answer yet'
  while (!signal.aborted) {
    try {
      // A signal of its own: fetch on Node 20 leaves a listener on the one it is given.
      using look = startDeadline(systemClock, lookMs, 'the look at its health', signal)
      const { status } = await fetch(`${instance.url}/health`, { signal: look.signal })
      if (status === 200) return
      reason = `status ${status}`
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error)
    }
    await sleep(25, undefined, { signal }).catch(() => undefined)
  }
  throw new CutoverError('service.unhealthy', `${instance.name} did not get healthy: ${reason}`, {
    where: instance.url,
    hint: `Read ${instance.logFile}.`,
  })
}
