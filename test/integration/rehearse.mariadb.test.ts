import { rehearsals } from './rehearse.ts'

rehearsals('mariadb')
