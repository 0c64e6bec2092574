import type { Change } from '../core/step.ts'
import type { Plan, PlanLine } from './plan.ts'

/** What a plan made now would do otherwise than the one that was approved; one line each, empty when nothing. */
export function comparePlans(approved: Plan, now: Plan): readonly string[] {
  if (approved.digest === now.digest) return []
  const edited =
    approved.playbookDigest === now.playbookDigest
      ? []
      : [`the playbook ${now.file} itself was edited, or its variables are others`]
  const found = [...edited, ...compareSystems(approved, now), ...compareLines(approved, now)]
  return found.length > 0 ? found : ['another version of the kit plans it otherwise, such as its deadlines']
}

function compareSystems(approved: Plan, now: Plan): readonly string[] {
  const before = new Map(approved.systems.map((system) => [system.name, system]))
  return now.systems.flatMap(({ name, is }) => {
    const was = before.get(name)
    if (!was || was.is === is) return []
    return [`${name} is not what it was: approved ${was.is || unseen}; now ${is || unseen}`]
  })
}

const unseen = 'it could not be looked at'

function compareLines(approved: Plan, now: Plan): readonly string[] {
  const before = new Map(approved.lines.map((line) => [line.id, line]))
  const after = new Set(now.lines.map((line) => line.id))
  const gone = approved.lines
    .filter((line) => !after.has(line.id))
    .map((line) => `${line.id} is not in it any more`)
  return [...gone, ...now.lines.flatMap((line) => compareLine(before.get(line.id), line))]
}

function compareLine(before: PlanLine | undefined, now: PlanLine): readonly string[] {
  if (!before) return [`${now.id} is new`]
  const [was, is] = [before, now].map(saysOf)
  return was === is ? [] : [`${now.id}: approved ${was}; now ${is}`]
}

function saysOf(line: PlanLine): string {
  if (line.cannotBeLookedAt) return unseen
  if (line.type === 'gate') return line.condition
  return line.changes.length === 0 ? 'nothing to do' : line.changes.map(changeText).join(', ')
}

function changeText({ subject, from, to }: Change): string {
  return `${subject}: ${from ?? 'nothing'} → ${to ?? 'removed'}`
}
