import { serverAccidents } from './server-accidents.ts'

serverAccidents('mysql')
