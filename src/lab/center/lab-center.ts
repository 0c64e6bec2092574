import { openConfigCenter } from '../../config-centers/open-config-center.ts'
import type { CenterReadAccess } from '../../config-centers/open-document-reader.ts'
import type { CenterSpec } from '../../core/center-specs.ts'
import type { ConfigCenter, DocumentRef } from '../../core/ports/config-center.ts'
import type { Secret } from '../../core/secret.ts'
import { systemClock } from '../../core/system-clock.ts'

/** The config center of a lab: what holds its documents, and how everybody reaches it. */
export interface LabCenter<Server = unknown> extends AsyncDisposable {
  /** What was started for it, with whatever powers it has for tests. */
  readonly server: Server
  /** How a runner reaches it: its entry under `systems:`. Passwords in it refer to {@link environment}. */
  readonly system: CenterSpec
  /** How the lab's services reach it. */
  readonly access: CenterReadAccess
  /** The lab's own way to it, with the runner's rights. */
  readonly documents: ConfigCenter
  /** Variables with which the shipped playbooks find it. Holds its passwords. */
  readonly environment: Readonly<Record<string, string>>
  readonly secrets: readonly Secret[]
}

export interface OpenCenterOptions {
  /** The lab's; what the center keeps goes into a directory of its own in it. */
  readonly directory: string
  readonly signal: AbortSignal
  /** Told what takes long. */
  readonly say: (text: string) => void
}

/** Starts a config center with nothing in it. */
export type OpenCenter<Server> = (options: OpenCenterOptions) => Promise<LabCenter<Server>>

/** What differs from kind to kind. */
export interface LabCenterParts<Server> {
  /** Ends with the center. */
  readonly server: Server
  readonly system: CenterSpec
  readonly access: CenterReadAccess
  /** Default: none. */
  readonly environment?: Readonly<Record<string, string>>
  /** The one password that `system` refers to. Default: none. */
  readonly password?: Secret
}

/** Adds the lab's own way in, opened as a runner would. */
export async function makeLabCenter<Server extends AsyncDisposable>(
  parts: LabCenterParts<Server>,
): Promise<LabCenter<Server>> {
  const { server, system, access, environment = {}, password } = parts
  const secrets = {
    resolve: () => (password ? Promise.resolve(password) : Promise.reject(new Error('it has no password'))),
  }
  const documents = await openConfigCenter('the config center of the lab', system, secrets, systemClock)
  return {
    server,
    system,
    access,
    documents,
    environment,
    secrets: password ? [password] : [],
    async [Symbol.asyncDispose]() {
      await documents[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Names a document of the lab. */
export function labRef(dataId: string): DocumentRef {
  return { group: 'DEFAULT_GROUP', dataId }
}
