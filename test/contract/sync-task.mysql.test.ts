import { syncTaskContract } from './sync-task.ts'
import { openSyncLab } from './sync-task-lab.ts'

syncTaskContract('MySQL', () => openSyncLab('mysql'))
