import { playbookItems, type OnFailure, type Playbook, type PlaybookWindow } from '../../core/playbook.ts'

/** What of a playbook the terminal shows. Plain data: whoever attaches gets it over the control socket. */
export interface ShownPlaybook {
  readonly name: string
  /** In the order in which they run. */
  readonly items: readonly { readonly id: string; readonly onFailure: OnFailure }[]
  readonly pauseBudgetMs: number
  readonly onOverrun: 'undo' | 'go-on'
  readonly window?: PlaybookWindow | undefined
}

export function shownPlaybook(playbook: Playbook): ShownPlaybook {
  const { name, pauseBudgetMs, onOverrun, window } = playbook
  const items = playbookItems(playbook).map(({ id, onFailure }) => ({ id, onFailure }))
  return { name, items, pauseBudgetMs, onOverrun, ...(window && { window }) }
}
