import { orphanedChanges } from './orphaned-changes.ts'

orphanedChanges('mariadb')
