import { fullFuzz } from './full-fuzz.ts'

fullFuzz('mariadb')
