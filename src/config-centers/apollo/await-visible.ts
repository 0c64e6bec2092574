import { CutoverError, isCutoverError } from '../../core/errors.ts'
import type { DocumentRef, StoredDocument } from '../../core/ports/config-center.ts'
import { awaitVisible } from '../shared/await-visible.ts'
import type { ApolloPortal } from './apollo-portal.ts'
import type { ClientConfiguration, ConfigService } from './config-service.ts'
import { etagOfConfiguration, isSameConfiguration } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import type { ApolloNamespace } from './namespace-of.ts'

const everyMs = 50

/**
 * Resolves when every server of the config service gives ordinary clients the release that has this etag. The portal
 * does not tell a release's key, so values are compared.
 */
export async function awaitReleaseVisible(
  portal: ApolloPortal,
  service: ConfigService,
  namespace: ApolloNamespace,
  ref: DocumentRef,
  etag: string,
  signal: AbortSignal,
): Promise<void> {
  const released = await awaitReleased(portal, namespace, ref, etag, signal)
  const readFrom = async (server: string, each: AbortSignal): Promise<StoredDocument | null> => {
    const found = await service.read(namespace, { server }, each)
    return found && { content: '', etag: shows(found, released) ? etag : '', meta: {} }
  }
  await awaitVisible(service.connection, readFrom, ref, etag, signal)
}

async function awaitReleased(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  { dataId }: DocumentRef,
  etag: string,
  signal: AbortSignal,
): Promise<Configuration> {
  try {
    for (;;) {
      const release = await portal.latest(namespace, signal)
      if (release && etagOfConfiguration(release.configuration) === etag) return release.configuration
      await portal.clock.sleep(everyMs, signal)
    }
  } catch (error) {
    if (!signal.aborted || !isCutoverError(signal.reason)) throw error
    const { code, message } = signal.reason
    throw new CutoverError(code, `${message}; ${portal.name} has another release of ${dataId}`, {
      where: `${dataId} in ${portal.name}`,
    })
  }
}

/** Where a public namespace is merged in, clients get more than the release; its own values still win. */
function shows({ configuration, releaseKey }: ClientConfiguration, released: Configuration): boolean {
  if (!releaseKey.includes('+')) return isSameConfiguration(configuration, released)
  return [...released].every(([key, value]) => configuration.get(key) === value)
}
