import { switchFaults } from './switch-faults.ts'

switchFaults('mariadb')
