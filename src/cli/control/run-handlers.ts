import { CutoverError } from '../../core/errors.ts'
import type { ControlWish } from '../../core/journal-entry.ts'
import type { Json } from '../../core/json.ts'
import type { RunControl } from '../../core/run-control.ts'
import type { Handler } from './control-server.ts'
import type { Request } from './protocol.ts'

const wishes: readonly ControlWish[] = ['park', 'undo', 'hold', 'go-on']

/** What the process that runs knows beside the position. */
export interface LiveRun {
  /** A `ShownPlaybook`. */
  readonly playbook: Json
  /** `LiveFacts`, or null while the run is not there. */
  live(): Json
}

/** What other terminals may ask of a run: `position`, `watch`, `ask`, `note`. */
export function runHandlers(control: RunControl, run: LiveRun): Readonly<Record<string, Handler>> {
  const position = (): Json => ({ position: (control.position() ?? null) as Json, live: run.live() })
  return {
    position,
    watch(_request, client) {
      client.watch()
      return { playbook: run.playbook }
    },
    async ask(request) {
      const wish = wishes.find((known) => known === request['wish'])
      if (!wish) throw new CutoverError('usage', `The run knows no wish ${textOf(request, 'wish', 40)}`)
      const why = textOf(request, 'why', 500)
      return control.ask(wish, byOf(request), why === '' ? undefined : why)
    },
    async note(request) {
      const text = textOf(request, 'text', 4000)
      if (text.trim() === '') throw new CutoverError('usage', 'A note needs a text')
      await control.note(text, byOf(request))
      return 'noted'
    },
  }
}

/** The socket lets in its owner and root only, so the name is taken as it is said; what is no name is not. */
export function byOf(request: Request): string {
  const by = textOf(request, 'by', 100)
  return by === '' ? 'somebody at the control socket' : by
}

/** A text of a request on one line, cut to a length; empty when it is none. */
export function textOf(request: Request, field: string, longest: number): string {
  const value = request[field]
  return typeof value === 'string' ? value.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, longest) : ''
}
