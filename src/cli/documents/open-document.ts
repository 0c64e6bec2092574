import { documentEditor } from '../../config-centers/documents/document-editor.ts'
import { openConfigCenter } from '../../config-centers/open-config-center.ts'
import { isCenterSpec } from '../../core/center-specs.ts'
import { CutoverError } from '../../core/errors.ts'
import { lockPlaceOf } from '../../core/lock-document.ts'
import type { Playbook } from '../../core/playbook.ts'
import type { ConfigCenter, DocumentRef } from '../../core/ports/config-center.ts'
import type { DocumentFormat } from '../../core/ports/document-editor.ts'
import type { Secrets } from '../../core/ports/secrets.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { ServiceSpec } from '../../core/system-specs.ts'
import { createCenterLock, type CenterLock } from '../locks/center-lock.ts'

/** The document of one service of a playbook, and nothing else of it. */
export interface OpenDocument extends AsyncDisposable {
  /** `document orders.yaml in nacos` */
  readonly title: string
  readonly center: ConfigCenter
  readonly ref: DocumentRef
  /** Undefined: neither the playbook nor the name says it. */
  readonly format: DocumentFormat | undefined
  readonly spec: ServiceSpec
  /** Of the service; it may be kept in another config center. */
  readonly lock: CenterLock
}

/**
 * Opens the config center of a service's document. Contacts nothing yet.
 * @throws CutoverError `usage` when the playbook has no such service.
 */
export async function openDocument(
  playbook: Playbook,
  service: string,
  secrets: Secrets,
): Promise<OpenDocument> {
  const spec = playbook.services[service]
  if (!spec) {
    throw new CutoverError('usage', `${playbook.name} has no service ${service}`, {
      hint: `It has ${Object.keys(playbook.services).join(', ')}.`,
    })
  }
  const { center: name, group, dataId } = spec.document
  const center = await openCenter(playbook, name, secrets)
  const place = lockPlaceOf(spec)
  const lockCenter = place.center === name ? center : await openCenter(playbook, place.center, secrets)
  return {
    title: `document ${dataId} in ${name}`,
    center,
    ref: { group, dataId },
    format: spec.format ?? documentEditor.formatOf(dataId),
    spec,
    lock: createCenterLock(lockCenter, place),
    async [Symbol.asyncDispose]() {
      await center[Symbol.asyncDispose]()
      if (lockCenter !== center) await lockCenter[Symbol.asyncDispose]()
    },
  }
}

function openCenter(playbook: Playbook, name: string, secrets: Secrets): Promise<ConfigCenter> {
  const spec = playbook.systems[name]
  if (spec && isCenterSpec(spec)) return openConfigCenter(name, spec, secrets, systemClock)
  throw new CutoverError('internal', `${name} is no config center of the playbook`)
}
