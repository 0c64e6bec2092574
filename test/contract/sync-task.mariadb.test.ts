import { syncTaskContract } from './sync-task.ts'
import { openSyncLab } from './sync-task-lab.ts'

syncTaskContract('MariaDB', () => openSyncLab('mariadb'))
