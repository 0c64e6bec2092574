import { isAbsolute, join } from 'node:path'
import { builtProgram } from './built-program.ts'
import type { ChildProgram } from './child-program.ts'
import { startChildProgram } from './child-program.ts'
import type { ServiceSettings } from './service-settings.ts'
import { serviceEnvironment } from './service-settings.ts'

export interface RunningInstance {
  readonly name: string
  /** Base address, the same for its whole life. */
  readonly url: string
  readonly logFile: string
  /** Of the present process. */
  readonly pid: number
}

/** One instance across its restarts. What is asked of it happens one after the other. */
export class ManagedInstance implements RunningInstance {
  readonly name: string
  readonly url: string
  readonly logFile: string
  readonly #program: string
  readonly #environment: Record<string, string>
  #child: ChildProgram | undefined
  #last: Promise<void> = Promise.resolve()
  #ended = false

  constructor(program: string, settings: ServiceSettings, directory: string) {
    this.name = settings.instance
    this.url = `http://127.0.0.1:${settings.port}`
    this.logFile = join(directory, `${settings.instance}.log`)
    this.#program = isAbsolute(program) ? program : builtProgram(`services/${program}`)
    this.#environment = serviceEnvironment(settings)
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  start(): Promise<void> {
    return this.#next(async () => {
      if (this.#ended || this.#child?.running === true) return
      this.#child = await startChildProgram(this.#program, this.#environment, this.logFile)
    })
  }

  async restart(): Promise<void> {
    await this.#next(async () => this.#child?.stop())
    await this.start()
  }

  kill(): Promise<void> {
    return this.#next(async () => this.#child?.kill())
  }

  /** For good: a restart that is asked for meanwhile starts nothing. */
  end(): Promise<void> {
    this.#ended = true
    return this.#next(async () => this.#child?.stop())
  }

  #next(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
