import type { DatabasePair } from './servers/open-database-pair.ts'
import type { DocumentKey } from './center/document-store.ts'
import type { RunningNacos } from './center/start-nacos-server.ts'

const by = { user: 'lab', ip: '127.0.0.1' }

/** Where the embedded server keeps a document of the lab: Nacos 3 calls the public namespace by its name. */
export function labDocument(dataId: string): DocumentKey {
  return { tenant: 'public', group: 'DEFAULT_GROUP', dataId }
}

/** Publishes the datasource documents with which the services start: both on the source. */
export function publishDatasources(center: RunningNacos, pair: DatabasePair, sharedAccount: boolean): void {
  const publish = (dataId: string, type: string, content: string): void => {
    center.documents.publish(labDocument(dataId), { content, type, ...by }, '')
  }
  const { host, port } = pair.source
  const orders = sharedAccount ? 'shop_app' : 'orders_app'
  const billing = sharedAccount ? 'shop_app' : 'billing_app'
  publish(
    'orders.yaml',
    'yaml',
    `# orders: where its data is. Changed by the cutover, restarted afterwards.
server:
  shutdown: graceful
spring:
  application:
    name: orders
  datasource:
    url: jdbc:mysql://${host}:${port}/orders?useSSL=false&serverTimezone=UTC   # moved with care
    username: ${orders}
    password: "${pair.passwords[orders].reveal()}"
    hikari:
      maximum-pool-size: 8
`,
  )
  publish(
    'billing.properties',
    'properties',
    `# billing stays where it is
spring.application.name=billing
spring.datasource.url=jdbc:mysql://${host}:${port}/billing?useSSL=false&serverTimezone=UTC
spring.datasource.username=${billing}
spring.datasource.password=${pair.passwords[billing].reveal()}
`,
  )
}
