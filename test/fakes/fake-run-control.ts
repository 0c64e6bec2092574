import { CutoverError } from '../../src/core/errors.ts'
import type { ControlWish } from '../../src/core/journal-entry.ts'
import type { RunControl, RunPosition } from '../../src/core/run-control.ts'

/** A run that only remembers what it was asked; the test moves its position. */
export interface FakeRunControl extends RunControl {
  /** `wish by why`, in order. */
  readonly asked: string[]
  readonly notes: string[]
  at: RunPosition | undefined
}

export const between: RunPosition = {
  phase: 'prepare',
  item: 'read-only-account',
  inPause: false,
  noReturnPassed: false,
  undoing: false,
  held: false,
  safePoint: 'after read-only-account',
  pending: undefined,
}

export function createFakeRunControl(at: Partial<RunPosition> = {}): FakeRunControl {
  const control: FakeRunControl = {
    asked: [],
    notes: [],
    at: { ...between, ...at },
    async ask(wish: ControlWish, by: string, why?: string) {
      if (wish === 'undo' && control.at?.noReturnPassed) {
        throw new CutoverError('usage', 'It cannot walk back: the point of no return was passed')
      }
      control.asked.push([wish, by, why].filter((part) => part !== undefined).join(' '))
      if (control.at && wish === 'undo') control.at = { ...control.at, undoing: true, pending: undefined }
      else if (control.at) {
        control.at = { ...control.at, pending: wish === 'park' || wish === 'hold' ? wish : undefined }
      }
      return `It will ${wish} ${control.at?.safePoint}.`
    },
    note(text, by) {
      control.notes.push(`${by}: ${text}`)
      return Promise.resolve()
    },
    position: () => control.at,
  }
  return control
}
