import { reversals } from './reversal.ts'

reversals('mariadb')
