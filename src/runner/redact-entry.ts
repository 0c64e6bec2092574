import { isDeepStrictEqual } from 'node:util'
import { CutoverError } from '../core/errors.ts'
import type { EntryBody } from '../core/journal-entry.ts'
import type { Json } from '../core/json.ts'
import type { Redactor } from '../core/redact.ts'

/**
 * Removes known secrets from an entry's texts. A before-image is the exception: undo writes it back, so a redacted one
 * would destroy what it should restore. It is refused, before the deed.
 * @throws CutoverError `internal` when a before-image holds a secret.
 */
export function redactEntry(body: EntryBody, redactor: Redactor): EntryBody {
  const clean = redactJson(body as unknown as Json, redactor)
  if (body.type === 'step.intended' && !isDeepStrictEqual(redactJson(body.seen, redactor), body.seen)) {
    throw new CutoverError(
      'internal',
      `the before-image of ${body.id} holds a secret and must not be written`,
      {
        hint: 'Nothing was changed. The step kind must keep secrets out of what it observes.',
      },
    )
  }
  return clean as unknown as EntryBody
}

function redactJson(value: Json, redactor: Redactor): Json {
  if (typeof value === 'string') return redactor.redact(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((part: Json) => redactJson(part, redactor))
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [redactor.redact(key), redactJson(part, redactor)]),
  )
}
