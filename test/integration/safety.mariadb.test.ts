import { safety } from './safety.ts'

safety('mariadb')
