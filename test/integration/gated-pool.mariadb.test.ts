import { gatedPoolSuite } from './gated-pool.ts'

gatedPoolSuite('mariadb')
