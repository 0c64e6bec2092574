import { reversals } from './reversal.ts'

reversals('mysql')
