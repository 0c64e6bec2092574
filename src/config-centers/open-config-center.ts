import type { CenterSpec } from '../core/center-specs.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { ConfigCenter } from '../core/ports/config-center.ts'
import type { Secrets } from '../core/ports/secrets.ts'
import { openApolloCenter } from './apollo/open-apollo-center.ts'
import { openEtcdCenter } from './etcd/open-etcd-center.ts'
import { openFileCenter } from './file/open-file-center.ts'
import { openNacosCenter } from './nacos/open-nacos-center.ts'

/**
 * Opens a config center of any kind. Contacts nothing yet.
 * @param name the system's name in the playbook.
 */
export function openConfigCenter(
  name: string,
  spec: CenterSpec,
  secrets: Secrets,
  clock: Clock,
): Promise<ConfigCenter> {
  switch (spec.kind) {
    case 'nacos':
      return openNacosCenter(name, spec, secrets, clock)
    case 'apollo':
      return openApolloCenter(name, spec, secrets, clock)
    case 'etcd':
      return openEtcdCenter(name, spec, secrets, clock)
    case 'file':
      return Promise.resolve(openFileCenter(name, spec, clock))
  }
}
