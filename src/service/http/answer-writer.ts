import { systemClock } from '../../core/system-clock.ts'
import { guarded } from '../guarded.ts'
import type { UpgradeWindow } from '../notice-state.ts'
import type { RawAnswer } from './answer-headers.ts'
import { answerTypes, writeBody } from './answer-bodies.ts'
import { preferredLanguage, preferredType } from './negotiate.ts'
import type { AnsweringOptions } from './answering-options.ts'
import type { RequestView } from './request-view.ts'
import type { AnswerCode, UpgradeAnswer } from './upgrade-answer.ts'
import { composeAnswer, languagesOf } from './upgrade-answer.ts'

/** Composes and writes answers for one service. */
export interface AnswerWriter {
  /** In the language the client likes best. */
  compose(code: AnswerCode, window: UpgradeWindow | undefined, request: RequestView): UpgradeAnswer
  /** In the service's own form, else in the media type the client likes best. */
  write(answer: UpgradeAnswer, request: RequestView): RawAnswer
}

export function createAnswerWriter(options: AnsweringOptions): AnswerWriter {
  const { clock = systemClock, random = Math.random, format } = options
  return {
    compose: (code, window, request) =>
      composeAnswer(code, window, {
        language: preferredLanguage(request.header('accept-language'), languagesOf(window)),
        nowMs: clock.now().getTime(),
        random: random(),
      }),
    write: (answer, request) => guarded(() => format?.(answer, request)) ?? negotiated(answer, request),
  }
}

function negotiated(answer: UpgradeAnswer, request: RequestView): RawAnswer {
  const type = preferredType(request.header('accept'), answerTypes)
  const { contentType, body } = writeBody(answer, type, request.method === 'GET')
  const retry = answer.retryAfter === undefined ? {} : { 'Retry-After': String(answer.retryAfter) }
  return {
    status: answer.status,
    headers: { 'Content-Type': contentType, 'Content-Language': answer.language, ...retry },
    body,
  }
}
