import { openEmbeddedCenter } from './embedded-center.ts'
import { openEtcdCenter } from './etcd-center.ts'
import { openFileCenter } from './file-center.ts'
import type { LabCenterName } from './lab-center-names.ts'
import type { OpenCenter } from './lab-center.ts'
import { realNacosCenter } from './real-nacos-center.ts'

/** What a lab can keep its documents in, by name. */
export const labCenters = {
  embedded: openEmbeddedCenter,
  nacos2: realNacosCenter('2.5'),
  nacos3: realNacosCenter('3.1'),
  etcd: openEtcdCenter,
  file: openFileCenter,
} satisfies Record<LabCenterName, OpenCenter<unknown>>
