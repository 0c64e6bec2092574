import { rehearsals } from './rehearse.ts'

rehearsals('mysql')
