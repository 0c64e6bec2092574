import { describeLiveSwitch } from './live-switch.ts'

describeLiveSwitch('mariadb')
