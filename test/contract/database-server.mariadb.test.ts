import { databaseServerContract } from './database-server.ts'
import { openDatabaseLab } from './database-server-lab.ts'

databaseServerContract('MariaDB', () => openDatabaseLab('mariadb'))
