import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEtcdCenter } from '../../src/config-centers/etcd/open-etcd-center.ts'
import type { EtcdSpec } from '../../src/core/center-specs.ts'
import type { ConfigCenter } from '../../src/core/ports/config-center.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import { startEtcd } from '../../src/lab/center/real/start-etcd.ts'
import type { RunningEtcd, StartEtcdOptions } from '../../src/lab/center/real/start-etcd.ts'

export const kit = { username: 'kit', password: new Secret('kit', 'kit-kit-kit') }

/** A real etcd with a directory of its own. */
export function startRealEtcd(options: Partial<StartEtcdOptions> = {}): Promise<RunningEtcd> {
  const directory = mkdtempSync(join(tmpdir(), 'etcd-test-'))
  return startEtcd({ directory, signal: AbortSignal.timeout(120_000), say: () => undefined, ...options })
}

/** The adapter, as a playbook would open it. */
export function openEtcd(
  servers: readonly string[],
  user?: { readonly username: string; readonly password: Secret },
  more: Partial<EtcdSpec> = {},
): Promise<ConfigCenter> {
  return openEtcdCenter(
    'etcd',
    {
      kind: 'etcd',
      servers: [...servers],
      prefix: '/config/',
      ...(user && { username: user.username, password: 'env:ETCD_PASSWORD' }),
      ...more,
    },
    { resolve: () => Promise.resolve(user?.password ?? new Secret('none', '')) },
    systemClock,
  )
}
