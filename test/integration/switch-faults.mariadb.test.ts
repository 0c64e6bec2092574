import { switchFaults } from './switch-faults.ts'

switchFaults('mariadb', process.env['SWITCH_FAULTS'] === 'all' ? 'all' : 'one half')
