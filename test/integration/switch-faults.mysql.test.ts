import { switchFaults } from './switch-faults.ts'

switchFaults('mysql', process.env['SWITCH_FAULTS'] === 'all' ? 'all' : 'the other half')
