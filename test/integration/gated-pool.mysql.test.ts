import { gatedPoolSuite } from './gated-pool.ts'

gatedPoolSuite('mysql')
