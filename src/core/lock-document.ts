import { z } from 'zod'
import { CutoverError } from './errors.ts'
import { freeLock, type LockRecord } from './lock-record.ts'
import type { DocumentSpec, ServiceSpec } from './system-specs.ts'

const kind = 'cutover-lock'

const lockDocument = z.object({
  kind: z.literal(kind),
  state: z.enum(['held', 'free']),
  lockId: z.string(),
  runId: z.string(),
  by: z.string(),
  reason: z.string(),
  since: z.string(),
  epoch: z.number().int(),
  freedBy: z.string(),
  broken: z
    .object({ lockId: z.string(), runId: z.string(), by: z.string(), at: z.string(), reason: z.string() })
    .optional(),
})

/** Where the lock of a run on a service is kept. */
export function lockPlaceOf({ document, lock }: Pick<ServiceSpec, 'document' | 'lock'>): DocumentSpec {
  return lock ?? { ...document, dataId: `cutover-lock.${document.dataId}` }
}

/** The record as the text of a document in a config center. What a run is doing is not kept there. */
export function writeLock({ step: _step, stepAt: _stepAt, ...record }: LockRecord): string {
  const state = record.runId === '' ? 'free' : 'held'
  return `${JSON.stringify({ kind, state, ...record }, null, 2)}\n`
}

/** @param where names the document. @throws CutoverError `system.refused` for a text that {@link writeLock} did not write. */
export function readLock(text: string, where: string): LockRecord {
  const { data } = lockDocument.safeParse(parse(text))
  if (data) {
    const { kind: _kind, state: _state, ...record } = data
    return { ...freeLock, ...record }
  }
  throw new CutoverError('system.refused', `${where} is not a lock of the kit`, {
    where,
    hint: 'Somebody changed it. When no run works on that service, remove the document.',
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller says what is wrong with it
  }
}
