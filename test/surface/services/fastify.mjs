import { beforeHandler, classify, followNotices, upgrading } from 'cutover-kit/fastify'
import fastify from 'fastify'
import { askAsUsers, handler, publishedNotice } from './trial.cjs'

async function main() {
  const notices = followNotices(publishedNotice, { service: 'orders' })
  await notices.ready(AbortSignal.timeout(5000))
  const app = fastify({ forceCloseConnections: true })
  app.addHook('onRequest', beforeHandler({ notices, exempt: ['/mapped'] }))
  app.setErrorHandler(upgrading({ notices, flavour: 'mariadb' }))
  app.post('/*', async () => handler.run())
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const functions = { beforeHandler, classify, followNotices, upgrading }
  await askAsUsers('fastify', functions, { url, close: () => app.close() }, notices)
}

void main()
