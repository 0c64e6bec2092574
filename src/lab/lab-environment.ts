import type { Secret } from '../core/secret.ts'
import type { Balancer } from './balancer/balancer.ts'
import type { LabCenter } from './center/lab-center.ts'
import type { DatabasePair } from './servers/open-database-pair.ts'
import type { RunningServices } from './services/start-services.ts'

interface Parts {
  readonly pair: DatabasePair
  readonly center: LabCenter
  readonly statusToken: Secret
  readonly services: RunningServices
  readonly balancer: Balancer
}

/** The variables with which the shipped playbooks find a lab. */
export function labEnvironment({
  pair,
  center,
  statusToken,
  services,
  balancer,
}: Parts): Record<string, string> {
  const { source, target, passwords } = pair
  return {
    SOURCE_HOST: source.host,
    SOURCE_PORT: String(source.port),
    SOURCE_USER: source.admin.user,
    SOURCE_PASSWORD: source.admin.password.reveal(),
    TARGET_HOST: target.host,
    TARGET_PORT: String(target.port),
    TARGET_USER: target.admin.user,
    TARGET_PASSWORD: target.admin.password.reveal(),
    ...center.environment,
    ORDERS_URL: balancer.url,
    ORDERS_1_URL: services.instance('orders-1').url,
    ORDERS_2_URL: services.instance('orders-2').url,
    BALANCER_URL: balancer.url,
    RESTART_COMMAND: services.restartCommand,
    ORDERS_STATUS_TOKEN: statusToken.reveal(),
    ORDERS_APP_PASSWORD: passwords.orders_app.reveal(),
    SHOP_APP_PASSWORD: passwords.shop_app.reveal(),
    ORDERS_RO_PASSWORD: passwords.orders_ro.reveal(),
    ORDERS_RW_PASSWORD: passwords.orders_rw.reveal(),
  }
}
