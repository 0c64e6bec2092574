import { safety } from './safety.ts'

safety('mysql')
