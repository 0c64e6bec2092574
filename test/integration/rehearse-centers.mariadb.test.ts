import { rehearsalsOnCenters } from './rehearse-centers.ts'

rehearsalsOnCenters('mariadb', [
  ['nacos2', 'restart'],
  ['nacos3', 'hot'],
  ['etcd', 'hot'],
])
