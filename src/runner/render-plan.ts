import { formatMs } from '../core/deadline.ts'
import { describeWindow } from '../core/describe-window.ts'
import { endSentence } from '../core/end-sentence.ts'
import type { PhaseName } from '../core/playbook.ts'
import type { Change } from '../core/step.ts'
import type { Plan, PlanGate, PlanLine, PlanStep } from './plan.ts'

export interface RenderOptions {
  /** ANSI colours. The text says everything without them. */
  readonly colour: boolean
  /** Offset of the times shown, minutes east of Greenwich. Default: this machine's. */
  readonly offsetMinutes?: number
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
  const sections = phases.flatMap((phase) => renderPhase(plan, phase, paint, options))
  return [
    `${paint('bold', `Plan of ${plan.name}`)}  ${plan.purpose}`,
    paint('dim', plan.file),
    ...sections,
    '',
    ...renderSystems(plan, paint),
    ...renderEnd(plan, paint),
    '',
  ].join('\n')
}

function renderPhase(plan: Plan, phase: PhaseName, paint: Paint, options: RenderOptions): readonly string[] {
  const lines = plan.lines.filter((line) => line.phase === phase)
  if (lines.length === 0) return []
  const budget = phase === 'pause' ? `, at most ${formatMs(plan.pauseBudgetMs)}` : ''
  return [
    '',
    paint('bold', phaseTitles[phase] + budget),
    ...(phase === 'pause' ? renderWindow(plan, paint, options) : []),
    ...lines.flatMap((line) => renderNoReturn(line, paint).concat(renderLine(line, paint))),
  ]
}

function renderWindow(plan: Plan, paint: Paint, { offsetMinutes }: RenderOptions): readonly string[] {
  if (!plan.window) return []
  const madeAt = new Date(plan.madeAt)
  const text = `  ${describeWindow(plan.window, plan.pauseBudgetMs, madeAt, offsetMinutes)}`
  const isTooLate = (plan.window.notAfter ?? Infinity) - plan.pauseBudgetMs < madeAt.getTime()
  return [isTooLate ? paint('red', text) : text]
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
  const note = { exact: 'exact', predicted: 'predicted', unknown: 'not checkable' }[change.fidelity]
  return [
    `          ${mark} ${change.subject}  ${paint('dim', `(${note})`)}`,
    ...(change.from === undefined ? [] : [`              from  ${indent(change.from)}`]),
    ...(change.to === undefined ? [] : [`              to    ${paint('green', indent(change.to))}`]),
  ]
}

/** Nobody should agree to move the wrong servers because of a name. */
function renderSystems({ systems }: Plan, paint: Paint): readonly string[] {
  if (systems.length === 0) return []
  const width = Math.max(...systems.map(({ name }) => name.length))
  const lines = systems.map(({ name, is, cannotBeLookedAt: failure }) => {
    const text = failure ? paint('yellow', `cannot be looked at: ${failure.message}`) : is
    return `  ${name.padEnd(width)}  ${text}`
  })
  return ['systems', ...lines, '']
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
