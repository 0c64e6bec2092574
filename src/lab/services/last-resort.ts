import type { NextFunction, Request, Response } from 'express'
import type { Decision } from '../../service/classify.ts'
import { classify } from '../../service/classify.ts'
import { recallUnit } from '../../service/unit-context.ts'
import type { ServiceLog } from './service-log.ts'

/**
 * The last error handler of a sample service: what is no client's mistake is a 500 that tells nothing, but that a write
 * may have been done. Outside a window no middleware says that.
 */
export function lastResort(log: ServiceLog) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    const decision = classify(error, recallUnit(error) ?? {})
    const { errno, why } = decision
    const message = error instanceof Error ? error.message : String(error)
    log('request-failed', { method: request.method, path: request.path, errno, why, message })
    if (response.headersSent) return next(error)
    const status = statusOf(error)
    if (status < 500) response.status(status).json({ error: 'bad-request' })
    else response.status(500).json({ error: 'internal', code: codeOf(decision, request.method) })
  }
}

function codeOf({ class: kind, errno }: Decision, method: string): string {
  if (kind === 'unknown' && method !== 'GET') return 'write-outcome-unknown'
  return errno === undefined ? 'E-APP' : `E-DB-${errno}`
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}
