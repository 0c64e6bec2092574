import { CutoverError } from '../../core/errors.ts'

/** What a kind of config center cannot do at all. @param what `history`, `gray versions`. */
export function unsupported(center: string, what: string): CutoverError {
  return new CutoverError('system.unsupported', `${center} is of a kind that has no ${what}`, {
    where: center,
    hint: 'Leave out what needs it in the playbook.',
  })
}
