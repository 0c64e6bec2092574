import { createServer } from 'node:http'
import { beforeHandler, classify, followNotices, upgrading } from 'cutover-kit/hono'
import { Hono } from 'hono'
import { askAsUsers, handler, listen, publishedNotice } from './trial.cjs'

async function main() {
  const notices = followNotices(publishedNotice, { service: 'orders' })
  await notices.ready(AbortSignal.timeout(5000))
  const app = new Hono()
  app.onError(upgrading({ notices, flavour: 'mariadb' }))
  app.use(beforeHandler({ notices, exempt: ['/mapped'] }))
  app.post('*', () => handler.run())
  const server = createServer((request, response) => void serve(app, request, response))
  const functions = { beforeHandler, classify, followNotices, upgrading }
  await askAsUsers('hono', functions, await listen(server), notices)
}

/** The least an adapter of Hono for Node does. */
async function serve(app, incoming, outgoing) {
  const { method, headers } = incoming
  const answer = await app.fetch(new Request(new URL(incoming.url, 'http://127.0.0.1'), { method, headers }))
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
}

void main()
