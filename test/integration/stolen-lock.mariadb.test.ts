import { stolenLock } from './stolen-lock.ts'

stolenLock('mariadb')
