import { fullFuzz } from './full-fuzz.ts'

fullFuzz('mysql')
