import { mapperSuite } from './mappers/mapper-suite.ts'

mapperSuite('mysql')
