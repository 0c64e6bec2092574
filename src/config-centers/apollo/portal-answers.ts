import { CutoverError } from '../../core/errors.ts'
import type { HttpAnswer, HttpOutcome } from '../shared/http-message.ts'
import { fieldOf, listOf, parseJson, textOf } from '../shared/json-fields.ts'
import type { WriteOutcome } from '../shared/write-outcomes.ts'
import { configurationIn } from './configuration.ts'
import type { Configuration } from './configuration.ts'

/** A snapshot of a namespace's items that services are given. */
export interface Release {
  readonly id: number
  readonly namespace: string
  readonly configuration: Configuration
  /** ISO 8601, '' when unknown. */
  readonly at: string
  readonly by: string
}

/** A value as it is edited, released or not. */
export interface Item {
  readonly value: string
  readonly comment: string
  readonly type: number
  /** Who changed it last. */
  readonly by: string
}

/** By key; lines that are comments only are left out. */
export type Items = ReadonlyMap<string, Item>

/** undefined: it is not a release. */
export function releaseIn(body: unknown): Release | undefined {
  const id = fieldOf(body, 'id')
  const configuration = configurationIn(fieldOf(body, 'configurations'))
  if (typeof id !== 'number' || !configuration) return undefined
  return {
    id,
    namespace: textOf(body, 'namespaceName'),
    configuration,
    at: isoOf(textOf(body, 'dataChangeCreatedTime')),
    by: textOf(body, 'dataChangeCreatedBy'),
  }
}

export interface ItemPage {
  readonly items: readonly (readonly [string, Item])[]
  /** Lines of the page, comments included. */
  readonly lines: number
  readonly total: number
}

/** undefined: it is not a page of items. */
export function itemPageIn(body: unknown): ItemPage | undefined {
  const total = fieldOf(body, 'total')
  const content = fieldOf(body, 'content')
  if (typeof total !== 'number' || !Array.isArray(content)) return undefined
  const lines = listOf(body, 'content')
  const items = lines.filter((line) => textOf(line, 'key').trim() !== '')
  return { items: items.map((line) => [textOf(line, 'key'), itemIn(line)]), lines: lines.length, total }
}

/** Apollo writes times as 2016-08-11T14:03:46.232+0800. */
function isoOf(text: string): string {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString()
}

function itemIn(line: unknown): Item {
  const type = fieldOf(line, 'type')
  return {
    value: textOf(line, 'value'),
    comment: textOf(line, 'comment'),
    type: typeof type === 'number' ? type : 0,
    by: textOf(line, 'dataChangeLastModifiedBy'),
  }
}

export function isMissing({ status }: HttpAnswer): boolean {
  return status === 404
}

/** 4xx: looked at and refused. Everything else that is not 200 says nothing about what happened. */
export function outcomeOf(outcome: HttpOutcome): WriteOutcome {
  if (outcome.kind !== 'answered') return outcome
  const { status } = outcome.answer
  if (status === 200) return { kind: 'done' }
  const reason = `HTTP ${status}`
  return status >= 400 && status < 500 ? { kind: 'refused', reason } : { kind: 'unknown', reason }
}

/** The parsed body of a 200. @throws CutoverError for any other answer; bodies may hold content and are not told. */
export function bodyOf(center: string, answer: HttpAnswer, what: string): unknown {
  if (answer.status === 200) return parseJson(answer.body)
  throw refusal(center, answer, what)
}

/** An answer that cannot be accepted, told by its status only. @param what `read the items of orders.yaml`. */
export function refusal(center: string, { server, status }: HttpAnswer, what: string): CutoverError {
  if (status === 401) {
    return new CutoverError('system.unauthenticated', `${center} at ${server} does not know the credential`, {
      where: server,
      hint: 'Check token (portal) and accessKey (config service) of this config center, and this machine’s clock.',
    })
  }
  if (status === 403) {
    return new CutoverError('system.forbidden', `${center} at ${server} does not let the token ${what}`, {
      where: server,
      hint: 'Let the third-party application edit and release this namespace, in the portal.',
    })
  }
  return new CutoverError('system.refused', `${center} at ${server} would not ${what} (HTTP ${status})`, {
    where: server,
    hint: "Check env, app and cluster of this config center, then look at the portal's log.",
  })
}
