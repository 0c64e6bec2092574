import { openEmbeddedCenter } from './embedded-center.ts'
import type { LabCenterName } from './lab-center-names.ts'
import type { OpenCenter } from './lab-center.ts'

/** What a lab can keep its documents in, by name. */
export const labCenters = {
  embedded: openEmbeddedCenter,
} satisfies Record<LabCenterName, OpenCenter<unknown>>
