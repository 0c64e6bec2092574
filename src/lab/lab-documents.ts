import type { ConfigCenter } from '../core/ports/config-center.ts'
import type { DocumentKey } from './center/document-rows.ts'
import { labRef } from './center/lab-center.ts'
import type { DatabasePair } from './servers/open-database-pair.ts'

/** Where the embedded server keeps a document of the lab: Nacos 3 calls the public namespace by its name. */
export function labDocument(dataId: string): DocumentKey {
  return { tenant: 'public', ...labRef(dataId) }
}

/** The datasource documents with which the services start, by data id: both on the source. */
export function datasourceDocuments(pair: DatabasePair, sharedAccount: boolean): Record<string, string> {
  return {
    'orders.yaml': ordersDocument(pair, sharedAccount),
    'billing.properties': billingDocument(pair, sharedAccount),
  }
}

/** Publishes documents that are not there yet. @param documents contents by data id. */
export async function publishAll(
  center: ConfigCenter,
  documents: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  for (const [dataId, content] of Object.entries(documents)) {
    await center.put(labRef(dataId), content, { expect: 'absent' }, signal)
  }
}

function ordersDocument({ source, passwords }: DatabasePair, sharedAccount: boolean): string {
  const user = sharedAccount ? 'shop_app' : 'orders_app'
  return `# orders: where its data is. Changed by the cutover, restarted afterwards.
server:
  shutdown: graceful
spring:
  application:
    name: orders
  datasource:
    url: jdbc:mysql://${source.host}:${source.port}/orders?useSSL=false&serverTimezone=UTC   # moved with care
    username: ${user}
    password: "${passwords[user].reveal()}"
    hikari:
      maximum-pool-size: 8
`
}

function billingDocument({ source, passwords }: DatabasePair, sharedAccount: boolean): string {
  const user = sharedAccount ? 'shop_app' : 'billing_app'
  return `# billing stays where it is
spring.application.name=billing
spring.datasource.url=jdbc:mysql://${source.host}:${source.port}/billing?useSSL=false&serverTimezone=UTC
spring.datasource.username=${user}
spring.datasource.password=${passwords[user].reveal()}
`
}
