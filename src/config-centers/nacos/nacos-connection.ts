import type { Clock } from '../../core/ports/clock.ts'
import { CenterConnection } from '../shared/center-connection.ts'
import { Login } from './login.ts'
import type { Credentials } from '../shared/credentials.ts'

export interface ConnectionOptions {
  /** How messages name the center. */
  readonly name: string
  /** `http://host:8848`; without a scheme http is meant. */
  readonly servers: readonly string[]
  readonly contextPath: string
  /** Namespace id; '' and `public`: the public one. */
  readonly namespace: string
  readonly credentials: Credentials | undefined
  /** File with certificates (PEM) of the authorities to trust instead of the system's. */
  readonly caFile?: string | undefined
  readonly clock: Clock
}

/** The servers of one Nacos, and the namespace that is meant. */
export class NacosConnection extends CenterConnection {
  /** Namespace id; '' and `public`: the public one. */
  readonly namespace: string

  constructor(options: ConnectionOptions) {
    const { name, credentials, clock } = options
    super({ ...options, authorizer: credentials && new Login(name, credentials, clock) })
    this.namespace = options.namespace
  }
}
