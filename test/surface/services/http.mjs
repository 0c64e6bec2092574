import { createServer } from 'node:http'
import { beforeHandler, classify, followNotices, upgrading } from 'cutover-kit/http'
import { askAsUsers, handler, listen, publishedNotice } from './trial.cjs'

async function main() {
  const notices = followNotices(publishedNotice, { service: 'orders' })
  await notices.ready(AbortSignal.timeout(5000))
  const mayPass = beforeHandler({ notices, exempt: ['/mapped'] })
  const answered = upgrading({ notices, flavour: 'mariadb' })
  const serve = async (request, response) => {
    try {
      if (await mayPass(request, response)) handler.run()
    } catch (error) {
      if (!answered(error, request, response)) response.writeHead(500).end()
    }
  }
  const server = createServer((request, response) => void serve(request, response))
  const functions = { beforeHandler, classify, followNotices, upgrading }
  await askAsUsers('http', functions, await listen(server), notices)
}

void main()
