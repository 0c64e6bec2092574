import type { Subscriber } from '../../core/ports/config-center.ts'
import type { HttpAnswer } from '../shared/http-message.ts'
import { refusal } from './answers.ts'

/**
 * Reads a list of clients with the md5 each of them holds.
 * @param status maps addresses to md5s; '' is a client that holds nothing.
 * @throws CutoverError when it is anything else: a client that is left out would count as one that is not there.
 */
export function subscribersIn(status: unknown, answer: HttpAnswer, dataId: string): readonly Subscriber[] {
  const isMap = typeof status === 'object' && status !== null && !Array.isArray(status)
  const entries: readonly (readonly [string, unknown])[] = isMap ? Object.entries(status) : []
  if (answer.status !== 200 || !isMap || !entries.every(([, md5]) => typeof md5 === 'string')) {
    throw refusal(answer, `list the subscribers of ${dataId}`)
  }
  return entries.map(([address, md5]) => ({ address, etag: String(md5) }))
}
