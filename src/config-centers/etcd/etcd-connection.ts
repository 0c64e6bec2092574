import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { DocumentRef } from '../../core/ports/config-center.ts'
import { CenterConnection } from '../shared/center-connection.ts'
import { messageOf } from './answers.ts'
import { EtcdLogin } from './etcd-login.ts'
import type { Credentials } from '../shared/credentials.ts'

export interface EtcdConnectionOptions {
  /** How messages name the center. */
  readonly name: string
  /** `http://host:2379`; without a scheme http is meant. */
  readonly servers: readonly string[]
  /** What the keys of its documents begin with. */
  readonly prefix: string
  readonly credentials: Credentials | undefined
  /** File with certificates (PEM) of the authorities to trust instead of the system's. */
  readonly caFile?: string | undefined
  readonly clock: Clock
}

/** etcd answers HTTP 400 to these two, which mean that a login is needed and that it is older than the user's rights. */
const loginIsAsked = /user name is empty|revision of auth store is old/

/**
 * The members of one etcd, and where in it the documents are.
 *
 * A user's role needs one right: READWRITE, or READ for services, on what begins with the prefix. No right of root's
 * is used, and nothing outside the prefix is touched.
 */
export class EtcdConnection extends CenterConnection {
  readonly prefix: string

  constructor(options: EtcdConnectionOptions) {
    const { name, credentials, clock } = options
    super({
      ...options,
      authorizer: credentials && new EtcdLogin(name, credentials, clock),
      isDenied: (answer) => {
        const { status } = answer
        return status === 401 || status === 403 || (status === 400 && loginIsAsked.test(messageOf(answer)))
      },
    })
    this.prefix = options.prefix
  }

  /** @throws CutoverError `usage` for a group with a slash: another document could have the same key. */
  keyOf({ group, dataId }: DocumentRef): string {
    if (group.includes('/')) {
      throw new CutoverError('usage', `the group ${group} of ${dataId} has a slash in it`, {
        where: `${dataId} in ${this.name}`,
        hint: "In etcd the group ends at the first slash; what comes before it belongs to the center's prefix.",
      })
    }
    return `${this.prefix}${group}/${dataId}`
  }
}
