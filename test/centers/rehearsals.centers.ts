import { labCenterNames } from '../../src/lab/center/lab-center-names.ts'
import { rehearsalsOnCenters, type CenterRehearsal } from '../integration/rehearse-centers.ts'

const all = labCenterNames.flatMap((name): CenterRehearsal[] => [
  [name, 'restart'],
  [name, 'hot'],
])

rehearsalsOnCenters('mariadb', all)
rehearsalsOnCenters('mysql', all)
