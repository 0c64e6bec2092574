import { rehearsalsOnCenters } from './rehearse-centers.ts'

// All centers, both modes: npm run test:centers.
rehearsalsOnCenters('mysql', [
  ['nacos3', 'hot'],
  ['file', 'restart'],
])
