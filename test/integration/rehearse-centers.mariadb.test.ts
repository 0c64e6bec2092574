import { rehearsalsOnCenters } from './rehearse-centers.ts'

// All centers, both modes: npm run test:centers.
rehearsalsOnCenters('mariadb', [
  ['nacos2', 'restart'],
  ['etcd', 'hot'],
])
