import { randomUUID } from 'node:crypto'
import type { UpgradeWindow } from '../notice-state.ts'
import { retrySeconds } from '../retry-time.ts'

export type AnswerCode = 'system-upgrading' | 'write-outcome-unknown'

/** What the user is told, before it is written in one format or another. Holds nothing of the error. */
export interface UpgradeAnswer {
  readonly status: number
  /** `system-upgrading`: nothing was written, try again. `write-outcome-unknown`: look before trying again. */
  readonly code: AnswerCode
  readonly title: string
  /** One sentence in `language`. */
  readonly message: string
  /** Language tag of the message, for Content-Language. */
  readonly language: string
  readonly phase: string
  /** Seconds, at least 1, spread so that clients do not come back together. Absent: do not try again blindly. */
  readonly retryAfter?: number
  /** `urn:uuid:…` of this one answer; also in the decision event, so that a user's report leads to the log line. */
  readonly instance: string
}

const texts = {
  'system-upgrading': {
    zh: '系统升级中，请稍后再试',
    en: 'System upgrading, please try again later',
    title: { zh: '系统升级中', en: 'System upgrading' },
    status: 503,
  },
  'write-outcome-unknown': {
    zh: '系统升级中，本次提交的结果未知，请先查询确认，不要重复提交',
    en: 'System upgrading. Whether this request took effect is not known: check before you send it again',
    title: { zh: '提交结果未知', en: 'Outcome of the write unknown' },
    // Not 503: clients and proxies repeat a 503 by themselves.
    status: 500,
  },
} as const

// The tags come from a document: anything else must not reach a header.
const languageTag = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/

/** The languages that can be answered, the default first. `zh` catches every Chinese that is not listed. */
export function languagesOf(window: UpgradeWindow | undefined): readonly [string, ...string[]] {
  const own = Object.keys(window?.notice.message ?? {}).filter((tag) => languageTag.test(tag))
  return ['zh-CN', 'zh', 'en', ...own.filter((tag) => tag !== 'zh-CN' && tag !== 'zh' && tag !== 'en')]
}

/**
 * @param window undefined: no notice is valid, and still nothing was written.
 * @param options.language one of {@link languagesOf}.
 * @param options.random between 0 and 1, spreads the retry time by up to a quarter.
 */
export function composeAnswer(
  code: AnswerCode,
  window: UpgradeWindow | undefined,
  options: { readonly language: string; readonly nowMs: number; readonly random: number },
): UpgradeAnswer {
  const text = texts[code]
  const tongue = primary(options.language) === 'zh' ? 'zh' : 'en'
  const own = code === 'system-upgrading' ? ownMessage(window, options.language) : undefined
  const answer = {
    status: text.status,
    code,
    title: text.title[tongue],
    message: own?.message ?? text[tongue],
    language: own?.language ?? (tongue === 'zh' ? 'zh-CN' : 'en'),
    phase: window?.notice.phase ?? 'upgrading',
    instance: `urn:uuid:${randomUUID()}`,
  } as const
  if (code === 'write-outcome-unknown') return answer
  return { ...answer, retryAfter: retrySeconds(window, options.nowMs, options.random) }
}

/** The notice's own text: of the very language, else of another variant of it. */
function ownMessage(
  window: UpgradeWindow | undefined,
  language: string,
): { language: string; message: string } | undefined {
  const own = Object.entries(window?.notice.message ?? {}).filter(([tag]) => languageTag.test(tag))
  const match =
    own.find(([tag]) => tag === language) ?? own.find(([tag]) => primary(tag) === primary(language))
  return match === undefined ? undefined : { language: match[0], message: match[1] }
}

function primary(tag: string): string | undefined {
  return tag.toLowerCase().split('-')[0]
}
