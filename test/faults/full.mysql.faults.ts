import { fullMatrix } from './full-matrix.ts'

fullMatrix('mysql')
