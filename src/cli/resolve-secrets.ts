import { CutoverError, isCutoverError } from '../core/errors.ts'
import type { Playbook } from '../core/playbook.ts'
import type { Secrets } from '../core/ports/secrets.ts'

/**
 * Looks up every secret of a playbook before anything is done with one: a missing password must not be met in the
 * middle of a run, and the redactor must know all of them before the first program's output is shown.
 * @throws CutoverError `secret.unresolved` that names all that are missing.
 */
export async function resolveSecrets(
  playbook: Playbook,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<void> {
  // Generated ones are made when they are first used, in the run's directory.
  const refs = playbook.secrets.filter((ref) => !ref.startsWith('generated:'))
  const results = await Promise.allSettled(refs.map((ref) => secrets.resolve(ref, signal)))
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  const failures = reasons.filter(isCutoverError)
  const [first, ...others] = reasons
  if (first === undefined) return
  if (others.length === 0 || failures.length < reasons.length) throw first
  throw new CutoverError('secret.unresolved', failures.map(({ message }) => message).join('\n  '), {
    hint: failures.map(({ hint }) => hint).join('\n        '),
  })
}
