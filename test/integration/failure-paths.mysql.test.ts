import { failurePaths } from './failure-paths.ts'

failurePaths('mysql')
