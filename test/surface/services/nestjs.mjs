import { Controller, Post } from '@nestjs/common'
import { BaseExceptionFilter, HttpAdapterHost, NestFactory } from '@nestjs/core'
import { beforeHandler, classify, followNotices, upgrading } from 'cutover-kit/nestjs'
import { askAsUsers, handler, publishedNotice } from './trial.cjs'

class Orders {
  store() {
    return handler.run()
  }
}

// Decorators called as the functions they are: no version of Node has the syntax.
Controller()(Orders)
Post('*path')(Orders.prototype, 'store', Object.getOwnPropertyDescriptor(Orders.prototype, 'store'))

async function main() {
  const notices = followNotices(publishedNotice, { service: 'orders' })
  await notices.ready(AbortSignal.timeout(5000))
  const options = { logger: false, forceCloseConnections: true }
  const app = await NestFactory.create({ module: Orders, controllers: [Orders] }, options)
  const last = new BaseExceptionFilter(app.get(HttpAdapterHost).httpAdapter)
  app.useGlobalGuards(beforeHandler({ notices, exempt: ['/mapped'] }))
  app.useGlobalFilters(upgrading({ notices, flavour: 'mariadb' }, last))
  await app.listen(0, '127.0.0.1')
  const functions = { beforeHandler, classify, followNotices, upgrading }
  await askAsUsers('nestjs', functions, { url: await app.getUrl(), close: () => app.close() }, notices)
}

void main()
