import type { AnyGateKind, Catalogue } from '../core/gate.ts'
import type { AnyStepKind } from '../core/step.ts'
import { fieldRows, writeDuration, type FieldRow } from './field-rows.ts'
import type { Schema } from './schema-walk.ts'

/** Every kind of step and gate as Markdown: what it does, its settings, its times, its way back. */
export function renderKindTables(catalogue: Catalogue): string {
  return [
    '## Steps',
    '',
    ...byName(catalogue.steps).flatMap(renderStep),
    '## Gates',
    '',
    ...byName(catalogue.gates).flatMap(renderGate),
  ].join('\n')
}

/** The fields of one schema as a Markdown table. */
export function renderFields(schema: Schema): readonly string[] {
  const rows = fieldRows(schema).map(renderRow)
  if (rows.length === 0) return ['It has no settings.', '']
  return ['| field | type | default | meaning |', '|---|---|---|---|', ...rows, '']
}

function byName<Kind extends { readonly kind: string }>(kinds: ReadonlyMap<string, Kind>): readonly Kind[] {
  return [...kinds.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1))
}

function renderStep(kind: AnyStepKind): readonly string[] {
  const facts = [
    `Deadline ${writeDuration(kind.defaultDeadlineMs ?? 60_000)}.`,
    kind.undo && kind.irreversible === undefined ? 'Can be undone.' : `Cannot be undone: ${whyNot(kind)}`,
    ...leavingOut(kind),
    ...(kind.requires ?? []).map((part) => `Needs \`${part}\` at the top level.`),
  ]
  return [`### \`step: ${kind.kind}\``, '', kind.summary, facts.join(' '), '', ...renderFields(kind.schema)]
}

function whyNot(kind: AnyStepKind): string {
  return kind.irreversible === undefined ? 'it has no way back.' : `${kind.irreversible.replace(/\.$/, '')}.`
}

function renderGate(kind: AnyGateKind): readonly string[] {
  const { deadlineMs, everyMs, goodReadings } = kind.defaults
  const readings = goodReadings === 1 ? 'One open reading' : `${goodReadings} open readings in a row`
  const facts = [
    `${readings}, read every ${writeDuration(everyMs)}.`,
    `Deadline ${writeDuration(deadlineMs)}${kind.silenceIsNo ? ', and no answer by then is a no' : ''}.`,
    ...leavingOut(kind),
  ]
  return [`### \`gate: ${kind.kind}\``, '', kind.summary, facts.join(' '), '', ...renderFields(kind.schema)]
}

/** What a person may do about it in the menu after a failure. */
function leavingOut(kind: { readonly skippable?: boolean }): readonly string[] {
  return kind.skippable ? ['After a failure a person may leave it out, with a reason.'] : []
}

function renderRow({ path, type, presence, fallback, description }: FieldRow): string {
  const given = presence === 'may be left out' ? fallback && `\`${fallback}\`` : `**${presence}**`
  return `| \`${path}\` | ${cell(type)} | ${cell(given)} | ${cell(description)} |`
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')
}
