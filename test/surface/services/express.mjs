import { createServer } from 'node:http'
import { beforeHandler, classify, followNotices, upgrading } from 'cutover-kit/express'
import express from 'express'
import { askAsUsers, handler, listen, publishedNotice } from './trial.cjs'

async function main() {
  const notices = followNotices(publishedNotice, { service: 'orders' })
  await notices.ready(AbortSignal.timeout(5000))
  const app = express()
  app.use(beforeHandler({ notices, exempt: ['/mapped'] }))
  app.post('/*path', () => handler.run())
  app.use(upgrading({ notices, flavour: 'mariadb' }))
  const functions = { beforeHandler, classify, followNotices, upgrading }
  await askAsUsers('express', functions, await listen(createServer(app)), notices)
}

void main()
