import type { LabCenterName } from '../../lab/center/lab-center-names.ts'

/** The options of `cutover rehearse`; the command line fills in the defaults. */
export interface RehearseOptions {
  readonly engine: 'mariadb' | 'mysql'
  readonly mode: 'restart' | 'hot'
  readonly configCenter: LabCenterName
  readonly playbook?: string
  readonly rows: number
  readonly writes: number
  readonly reads: number
  readonly seed: number
  readonly keep?: true
  readonly json?: string
}
