/** A service in TypeScript that uses every sub-path with the types of what it is for. */
export const typeSample = `
import express from 'express'
import Koa from 'koa'
import fastify from 'fastify'
import { Hono } from 'hono'
import { createServer } from 'node:http'
import type { CanActivate, ExceptionFilter } from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import type { Connection, Pool, RowDataPacket } from 'mysql2/promise'
import type { Playbook } from 'cutover-kit'
import { isCutoverError } from 'cutover-kit'
import * as forExpress from 'cutover-kit/express'
import * as forKoa from 'cutover-kit/koa'
import * as forFastify from 'cutover-kit/fastify'
import * as forNest from 'cutover-kit/nestjs'
import * as forHono from 'cutover-kit/hono'
import * as forHttp from 'cutover-kit/http'
import { beforeJob, judgeJob } from 'cutover-kit/jobs'
import { classify, type Decision } from 'cutover-kit/classify'
import { createPool, isGateError, type CutoverPool } from 'cutover-kit/mysql2'
import { prismaAdapter } from 'cutover-kit/prisma'
import { observeGate, safeErrors } from 'cutover-kit/observe'

const options: forExpress.UpgradingOptions = {
  notices: forExpress.watchNotice({ service: 'orders', servers: ['http://127.0.0.1:8848'] }),
  flavour: 'mysql',
}

export const app = express().use(forExpress.beforeHandler(options), forExpress.upgrading(options))
export const koa = new Koa().use(forKoa.upgrading(options)).use(forKoa.beforeHandler(options))
export const fast = fastify()
fast.addHook('onRequest', forFastify.beforeHandler(options))
fast.setErrorHandler(forFastify.upgrading(options))
export const guard: CanActivate = forNest.beforeHandler(options)
export const filter: ExceptionFilter = forNest.upgrading(options, new BaseExceptionFilter())
export const hono = new Hono().use(forHono.beforeHandler(options))
hono.onError(forHono.upgrading(options))
const mayPass = forHttp.beforeHandler(options)
const answered = forHttp.upgrading(options)
export const server = createServer((request, response) => {
  void Promise.resolve(mayPass(request, response)).catch((error) => answered(error, request, response))
})

interface Order extends RowDataPacket {
  readonly id: number
}

export async function serve(connection: Connection, pool: Pool): Promise<number> {
  const database: CutoverPool = await createPool({
    service: 'orders',
    center: { servers: ['http://127.0.0.1:8848'] },
    datasource: { dataId: 'orders.yaml' },
  })
  const [rows] = await database.pool.query<Order[]>('SELECT id FROM orders')
  const plain: Pick<Pool, 'query' | 'execute' | 'getConnection' | 'end'> = database.pool
  const adapter: { readonly provider: 'mysql' } = prismaAdapter(database.pool)
  const decision: Decision = classify(new Error('no'))
  const verdict = judgeJob(new Error('no'), options as { notices: forExpress.NoticeWatcher })
  await beforeJob(options, AbortSignal.timeout(10))
  const observer = observeGate(database.gate, { status: database.status })
  // @ts-expect-error what the types say is checked: there is no such class
  if (decision.class === 'no-such-class') throw new Error(String([observer, adapter, plain]))
  if (isGateError(decision) || isCutoverError(decision)) throw new Error(verdict.action)
  return rows[0]?.id ?? Object.keys(safeErrors().serializers).length
}

export type Steps = Playbook['phases']
`
