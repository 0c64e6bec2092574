import { webFrameworkContract } from './web-framework.ts'
import {
  startExpress4,
  startExpress5,
  startFastify4,
  startFastify5,
  startHono,
  startKoa,
  startNestOnExpress,
  startNestOnFastify,
  startPlainHttp,
} from './web-framework-services.ts'

const onNode = { begins: true, throwsAnything: true }

webFrameworkContract('Express 5', startExpress5, onNode)
webFrameworkContract('Express 4', startExpress4, onNode)
webFrameworkContract('plain node:http', startPlainHttp, onNode)
webFrameworkContract('Koa 3', startKoa, onNode)
webFrameworkContract('Fastify 5', startFastify5, onNode)
webFrameworkContract('Fastify 4', startFastify4, onNode)
webFrameworkContract('NestJS on Express', startNestOnExpress, onNode)
webFrameworkContract('NestJS on Fastify', startNestOnFastify, onNode)
// An answer is an object here and begins after its handler; whatever is no Error goes past the error handler.
webFrameworkContract('Hono', startHono, { begins: false, throwsAnything: false })
