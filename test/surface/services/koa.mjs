import { createServer } from 'node:http'
import { beforeHandler, classify, followNotices, upgrading } from 'cutover-kit/koa'
import Koa from 'koa'
import { askAsUsers, handler, listen, publishedNotice } from './trial.cjs'

async function main() {
  const notices = followNotices(publishedNotice, { service: 'orders' })
  await notices.ready(AbortSignal.timeout(5000))
  const app = new Koa()
  app.use(upgrading({ notices, flavour: 'mariadb' }))
  app.use(beforeHandler({ notices, exempt: ['/mapped'] }))
  app.use(() => handler.run())
  const serve = app.callback()
  const server = createServer((request, response) => void serve(request, response))
  const functions = { beforeHandler, classify, followNotices, upgrading }
  await askAsUsers('koa', functions, await listen(server), notices)
}

void main()
