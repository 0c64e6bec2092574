import { z } from 'zod'
import { CutoverError } from '../core/errors.ts'
import type { HttpAnswer, HttpRequest } from '../core/ports/service-fleet.ts'

const path = z.string().regex(/^\//, 'a path that begins with /')

/** One request like a user's, and what its answer must be. `{{canary}}` in any text becomes the canary's key. */
export const smokeRequest = z
  .strictObject({
    name: z.string().min(1).meta({ description: 'Name in messages.' }),
    get: path.optional().meta({ description: 'Path to GET.' }),
    post: path.optional().meta({ description: 'Path to POST to.' }),
    put: path.optional().meta({ description: 'Path to PUT to.' }),
    patch: path.optional().meta({ description: 'Path to PATCH.' }),
    delete: path.optional().meta({ description: 'Path to DELETE.' }),
    headers: z
      .record(z.string(), z.string())
      .default({})
      .meta({ description: 'Request headers. No secrets: they are sent as written here.' }),
    json: z.json().optional().meta({ description: 'Body, sent as JSON.' }),
    body: z.string().optional().meta({ description: 'Body, sent as it is.' }),
    expect: z
      .strictObject({
        status: z.number().int().min(100).max(599).meta({ description: 'Status of the answer.' }),
        bodyContains: z.string().min(1).optional().meta({ description: 'Text the body must contain.' }),
        headers: z
          .record(z.string(), z.string())
          .optional()
          .meta({ description: 'Headers of the answer with their exact values.' }),
      })
      .meta({ description: 'What the answer must be.' }),
  })
  .refine((request) => methodsOf(request).length === 1, 'exactly one of get, post, put, patch, delete')
  .refine((request) => request.json === undefined || request.body === undefined, 'json or body, not both')
export type SmokeRequest = z.infer<typeof smokeRequest>

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

function methodsOf(
  request: Partial<Record<(typeof methods)[number], string | undefined>>,
): readonly string[] {
  return methods.filter((method) => request[method] !== undefined)
}

/** The request as it is sent. */
export function toHttpRequest(request: SmokeRequest, canary: string): HttpRequest {
  const method = methods.find((one) => request[one] !== undefined) ?? 'get'
  const body = request.json === undefined ? request.body : JSON.stringify(request.json)
  const headers = Object.entries({
    ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
    ...request.headers,
  }).map(([name, value]) => [name, fillCanary(value, canary)] as const)
  return {
    method: method.toUpperCase(),
    path: fillCanary(request[method] ?? '/', canary),
    headers: Object.fromEntries(headers),
    ...(body === undefined ? {} : { body: fillCanary(body, canary) }),
  }
}

/** What is wrong with the answer; undefined when nothing is. Never quotes the body, it may hold anything. */
export function faultOf(answer: HttpAnswer, request: SmokeRequest, canary: string): string | undefined {
  const { status, bodyContains, headers = {} } = request.expect
  if (answer.status !== status) return `answered ${answer.status}, expected ${status}`
  if (bodyContains !== undefined && !answer.body.includes(fillCanary(bodyContains, canary))) {
    return `answered ${status}, but its body lacks "${fillCanary(bodyContains, canary)}"`
  }
  for (const [name, value] of Object.entries(headers)) {
    if (answer.headers[name.toLowerCase()] !== fillCanary(value, canary)) {
      return `answered ${status}, but its header ${name} is not "${fillCanary(value, canary)}"`
    }
  }
  return undefined
}

/** @throws CutoverError `smoke.failed` naming service, request and what was expected. */
export function smokeFailed(
  service: string,
  request: SmokeRequest,
  sent: HttpRequest,
  fault: string,
): CutoverError {
  return new CutoverError(
    'smoke.failed',
    `smoke request "${request.name}" of ${service}: ${sent.method} ${sent.path} ${fault}`,
    {
      where: service,
      hint: `Look at the log of ${service}; repeat the request by hand when you think it is well.`,
    },
  )
}

function fillCanary(text: string, canary: string): string {
  return text.replaceAll('{{canary}}', canary)
}
