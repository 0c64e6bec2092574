import { z } from 'zod'

/**
 * The JSON document in the config center that tells services what is happening.
 * It shapes what users see and nothing else: the fence keeps the data right whether or not anybody reads it.
 */
export const noticePhases = ['armed', 'upgrading', 'holding', 'done', 'undone'] as const
export type NoticePhase = (typeof noticePhases)[number]

export const noticeSchema = z.object({
  kind: z.literal('cutover-notice'),
  version: z.literal(1),
  runId: z.string(),
  /** A notice with a lower epoch than one already seen is old and is ignored. */
  epoch: z.number().int().nonnegative(),
  phase: z.enum(noticePhases),
  /** Names of the services it is meant for. */
  services: z.array(z.string()),
  /** When this phase began, ISO 8601. */
  since: z.iso.datetime(),
  /** Not valid after this moment, ISO 8601: a notice of a runner that died must not last. */
  until: z.iso.datetime(),
  /** When writes are expected to work again, seconds from `since`: the Retry-After of the answer. */
  retryAfterSeconds: z.number().int().positive(),
  /** Text for users per language tag; the service library has its own when a language is missing. */
  message: z.record(z.string(), z.string()).optional(),
  /** The moment all gates close together, ISO 8601; phase `holding` only. */
  holdAt: z.iso.datetime().optional(),
})

export type Notice = z.infer<typeof noticeSchema>

/** Reads a notice's text; undefined when it is not one (a foreign document must not open or close anything). */
export function parseNotice(text: string): Notice | undefined {
  try {
    return noticeSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // not JSON
  }
}
