import { endSentence } from './end-sentence.ts'
import type { Playbook } from './playbook.ts'
import { waysOut, type ItemRecord, type RunState } from './run-state.ts'

/** What of a playbook the sentences need; a journal alone does for most of them. */
export type ToldPlaybook = Pick<Playbook, 'phases' | 'file' | 'reverse'>

/** Sentences that say what is true now: what is done, undone, still standing. Pure; works for a run that crashed. */
export function tellWhatIsTrue(state: RunState, playbook?: ToldPlaybook): readonly string[] {
  const steps = [...state.items.values()].filter((record) => record.type === 'step')
  if (!steps.some(wasTouched)) return ['Nothing was changed.']
  const standing = steps.filter((record) => record.touched && record.undoSkipped === undefined)
  const skipped = steps.filter((record) => record.touched && record.undoSkipped !== undefined)
  const undone = steps.filter((record) => record.state === 'undone')
  return [
    ...list('Walked back, as it was before: ', undone.map(withEvidence)),
    ...list('Done and in effect: ', standing.filter((record) => record.state === 'done').map(idOf)),
    ...standing.filter((record) => record.state === 'failed').map(tellFailed),
    ...standing.filter((record) => record.state === 'in-doubt').map(tellDoubt),
    ...standing.filter((record) => record.state === 'stranded').map(tellStranded),
    ...skipped.map((record) =>
      endSentence(`${record.id} stays as it is, it was not undone: ${record.undoSkipped}`),
    ),
    ...[...state.items.values()].filter((record) => record.state === 'skipped').map(tellSkipped),
    ...list('Not begun: ', playbook && state.ended !== 'completed' ? notBegun(state, playbook) : []),
    tellNoReturn(state),
  ]
}

/** What a person can do next, most useful first. */
export function tellWhatToDo(state: RunState, playbook?: Partial<ToldPlaybook>): readonly string[] {
  if (state.ended === 'completed')
    return ['Nothing. Keep the journal with the change ticket.', ...wayBack(state, playbook)]
  const hints = [state.failure?.hint, ...[...state.items.values()].map(strandedHint)]
  const unique = [...new Set(hints.filter((hint) => hint !== undefined))]
  return [...unique, ...waysToGo(state, playbook)]
}

function waysToGo(state: RunState, playbook: Partial<ToldPlaybook> | undefined): readonly string[] {
  const ways = waysOut(state)
  if (ways.length === 0)
    return [`When the cause is gone, start again: cutover run ${playbook?.file ?? 'PLAYBOOK'}`]
  const resume = ways.includes('resume') ? [`Go on where it stopped: cutover resume ${state.runId}`] : []
  const undo = ways.includes('undo') ? [`Walk back what was done: cutover undo ${state.runId}`] : []
  const [writing, other] = sidesOf(state)
  const warning = state.noReturnPassed
    ? [`Do not send writes back to the ${other} by hand: the ${writing} may hold writes that it lacks.`]
    : []
  return [...resume, ...undo, ...wayBack(state, playbook), ...warning]
}

/** Offered once the pause is over: before, a run is to be finished first. */
function wayBack(state: RunState, playbook: Partial<ToldPlaybook> | undefined): readonly string[] {
  const isOver = state.ended === 'completed' || state.phaseStarts.settle !== undefined
  if (playbook?.reverse === undefined || !state.noReturnPassed || !isOver) return []
  return [`Move the service back, with every write made since: cutover reverse ${state.runId}`]
}

/** The side that takes writes after the point of no return, and the other one; a way back goes against the names. */
function sidesOf(state: RunState): readonly [writing: string, other: string] {
  return state.reverses === undefined ? ['target', 'source'] : ['source', 'target']
}

function notBegun(state: RunState, playbook: ToldPlaybook): readonly string[] {
  const { prepare, pause, settle } = playbook.phases
  const steps = [...prepare, ...pause, ...settle].filter((item) => item.type === 'step')
  return steps.map((step) => step.id).filter((id) => !state.items.has(id))
}

function wasTouched(record: ItemRecord): boolean {
  return record.touched || record.state === 'undone'
}

const idOf = (record: ItemRecord): string => record.id

function withEvidence(record: ItemRecord): string {
  return record.evidence ? `${record.id} (${record.evidence})` : record.id
}

function list(head: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${head}${names.join(', ')}.`]
}

function tellFailed(record: ItemRecord): string {
  return endSentence(`${record.id} failed and may have taken effect in part: ${reasonOf(record)}`)
}

function tellSkipped(record: ItemRecord): string {
  const part = record.touched ? ' It may have taken effect in part.' : ''
  return `${endSentence(`${record.id} was left out, ${record.evidence}`)}${part}`
}

function tellDoubt(record: ItemRecord): string {
  return `${record.id} was begun and its outcome is not recorded: it may or may not have taken effect.`
}

function tellStranded(record: ItemRecord): string {
  return endSentence(`${record.id} is NOT undone: ${reasonOf(record)}`)
}

function reasonOf(record: ItemRecord): string {
  return record.failure?.message ?? 'no reason recorded'
}

function tellNoReturn(state: RunState): string {
  const [writing, other] = sidesOf(state)
  return state.noReturnPassed
    ? `The point of no return was passed: the ${writing} may hold writes that the ${other} lacks.`
    : 'The point of no return was not passed.'
}

function strandedHint(record: ItemRecord): string | undefined {
  return record.state === 'stranded' ? record.failure?.hint : undefined
}
