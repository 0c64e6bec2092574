import { rehearsalsOnCenters } from './rehearse-centers.ts'

rehearsalsOnCenters('mysql', [
  ['nacos2', 'hot'],
  ['nacos3', 'restart'],
  ['file', 'restart'],
])
