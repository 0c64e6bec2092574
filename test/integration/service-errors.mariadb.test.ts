import { serviceErrors } from './service-errors.ts'

serviceErrors('mariadb')
