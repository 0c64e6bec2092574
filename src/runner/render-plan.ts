import { formatMs } from '../core/deadline.ts'
import { endSentence } from '../core/end-sentence.ts'
import type { PhaseName } from '../core/playbook.ts'
import type { Change } from '../core/step.ts'
import type { Plan, PlanGate, PlanLine, PlanStep } from './plan.ts'

export interface RenderOptions {
  /** ANSI colours. The text says everything without them. */
  readonly colour: boolean
}

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green'
type Paint = (style: Style, text: string) => string

const codes: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, yellow: 33, green: 32 }

const phaseTitles: Readonly<Record<PhaseName, string>> = {
  prepare: 'PREPARE  nobody notices',
  pause: 'PAUSE  writes are refused or held',
  settle: 'SETTLE  users write to the target',
}

/** The plan as text for a person who was woken up for it. */
export function renderPlan(plan: Plan, options: RenderOptions): string {
  const paint: Paint = (style, text) => (options.colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text)
  const phases: readonly PhaseName[] = ['prepare', 'pause', 'settle']
  const sections = phases.flatMap((phase) => renderPhase(plan, phase, paint))
  return [
    `${paint('bold', `Plan of ${plan.name}`)}  ${plan.purpose}`,
    paint('dim', plan.file),
    ...sections,
    '',
    ...renderEnd(plan, paint),
    '',
  ].join('\n')
}

function renderPhase(plan: Plan, phase: PhaseName, paint: Paint): readonly string[] {
  const lines = plan.lines.filter((line) => line.phase === phase)
  if (lines.length === 0) return []
  const budget = phase === 'pause' ? `, at most ${formatMs(plan.pauseBudgetMs)}` : ''
  return [
    '',
    paint('bold', phaseTitles[phase] + budget),
    ...lines.flatMap((line) => renderNoReturn(line, paint).concat(renderLine(line, paint))),
  ]
}

function renderNoReturn(line: PlanLine, paint: Paint): readonly string[] {
  if (line.type === 'gate' || !line.pointOfNoReturn) return []
  const rule = '─'.repeat(8)
  return [
    paint(
      'red',
      `  ${rule} POINT OF NO RETURN ${rule}  above: a failure walks back by itself; below: forward only`,
    ),
  ]
}

function renderLine(line: PlanLine, paint: Paint): readonly string[] {
  const number = String(line.number).padStart(3)
  const name = line.id === line.uses ? line.id : `${line.id} (${line.uses})`
  const head = `${number}. ${line.type.padEnd(4)}  ${paint('bold', name)}`
  const body = line.type === 'gate' ? renderGate(line) : renderStep(line, paint)
  const problem = line.cannotBeLookedAt
    ? [paint('yellow', `            cannot be looked at: ${line.cannotBeLookedAt.message}`)]
    : []
  return [`${head}  ${paint('dim', tailOf(line))}`, ...body, ...problem]
}

function tailOf(line: PlanLine): string {
  const limit = `at most ${formatMs(line.deadlineMs)}`
  const stops = line.onFailure === 'stop' ? ', a failure stops the run as it stands' : ''
  if (line.type === 'gate')
    return `${limit}${line.goodReadings > 1 ? `, ${line.goodReadings} good readings in a row` : ''}${stops}`
  return `${line.undo.possible ? 'undo: yes' : `undo: no, ${line.undo.why}`}, ${limit}${stops}`
}

function renderGate(gate: PlanGate): readonly string[] {
  return [`            must hold: ${gate.condition}`]
}

function renderStep(step: PlanStep, paint: Paint): readonly string[] {
  if (step.cannotBeLookedAt) return []
  if (step.changes.length === 0) return [paint('dim', '            nothing to do, it is so already')]
  return step.changes.flatMap((change) => renderChange(change, paint))
}

function renderChange(change: Change, paint: Paint): readonly string[] {
  const mark = change.from === undefined ? '+' : change.to === undefined ? '-' : '~'
  const note = { exact: '', predicted: '  (predicted)', unknown: '  (cannot be known beforehand)' }[
    change.fidelity
  ]
  return [
    `          ${mark} ${change.subject}${paint('dim', note)}`,
    ...(change.from === undefined ? [] : [`              from  ${indent(change.from)}`]),
    ...(change.to === undefined ? [] : [`              to    ${paint('green', indent(change.to))}`]),
  ]
}

function indent(text: string): string {
  return text.split('\n').join(`\n${' '.repeat(20)}`)
}

/** One line for each thing that is wrong, however many steps meet it. */
function errorLines(plan: Plan): readonly string[] {
  const ids = new Map<string, string[]>()
  for (const { id, failure } of plan.errors) {
    const text = `${endSentence(failure.message)} ${failure.hint ?? ''}`.trimEnd()
    ids.set(text, [...(ids.get(text) ?? []), id])
  }
  return [...ids].map(([text, steps]) => `Must not be run: ${steps.join(', ')}: ${text}`)
}

function renderEnd(plan: Plan, paint: Paint): readonly string[] {
  const steps = plan.lines.filter((line) => line.type === 'step')
  const changes = steps.reduce((sum, step) => sum + step.changes.length, 0)
  const gates = plan.lines.length - steps.length
  const hasNoReturn = steps.some((step) => step.pointOfNoReturn)
  return [
    `${steps.length} steps, ${changes} changes, ${gates} gates.`,
    ...(hasNoReturn ? [] : ['There is no point of no return: every failure walks back by itself.']),
    ...errorLines(plan).map((line) => paint('red', line)),
    `digest ${plan.digest}`,
  ]
}
