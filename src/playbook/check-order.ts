import type { CheckedItem } from './check-item.ts'
import type { Finding } from './finding.ts'
import { childOf, headOf, type MapNode, type YamlNode } from './yaml-tree.ts'

export interface CheckedItems {
  /** In the order in which they run. */
  readonly items: readonly CheckedItem[]
  /** False: some items are left out, because nobody knows what they are. */
  readonly isComplete: boolean
}

/** Rules about the items together: names, the point of no return, and that there is always a way on. */
export function checkOrder(root: YamlNode, { items, isComplete }: CheckedItems, findings: Finding[]): void {
  checkIds(items, findings)
  checkPointsOfNoReturn(items, isComplete, findings)
  for (const [index, item] of items.entries()) {
    findings.push(...checkRequirements(root, item), ...checkReadings(item), ...checkProofOfUndo(item))
    if (isComplete) findings.push(...checkFollows(item, items.slice(0, index)))
  }
}

export function idOf(item: CheckedItem): string {
  const id = childOf(item.node, 'id')
  return id?.type === 'scalar' && typeof id.value === 'string' ? id.value : item.kind.kind
}

/** Position of the point of no return among the items; undefined when there is none. */
export function pointOfNoReturnIn(items: readonly CheckedItem[]): number | undefined {
  const index = items.findIndex((item) => isPointOfNoReturn(item))
  return index < 0 ? undefined : index
}

/** Read from the text itself, so that it counts even when another field of the step is wrong. */
function isPointOfNoReturn(item: CheckedItem): boolean {
  const mark = childOf(item.node, 'pointOfNoReturn')
  return item.type === 'step' && mark?.type === 'scalar' && String(mark.value) === 'true'
}

function checkIds(items: readonly CheckedItem[], findings: Finding[]): void {
  const first = new Map<string, CheckedItem>()
  for (const item of items) {
    const id = idOf(item)
    const other = first.get(id)
    const range = childOf(item.node, 'id')?.range ?? item.word.range
    const hint = `Give one of them its own id, such as "id: ${id}-again".`
    const message = `Two items are called \`${id}\`.`
    if (other) findings.push({ range, message, hint, other: other.word.range })
    else first.set(id, item)
  }
}

function checkPointsOfNoReturn(
  items: readonly CheckedItem[],
  isComplete: boolean,
  findings: Finding[],
): void {
  const marked = items.filter((item) => isPointOfNoReturn(item))
  for (const item of marked) {
    const range = headOf(childOf(item.node, 'pointOfNoReturn') ?? item.node)
    const other = marked[0]?.word.range
    if (item.phase !== 'pause') {
      findings.push({
        range,
        message: `The point of no return cannot be in ${item.phase}.`,
        hint: 'Move the step into pause.steps.',
      })
    } else if (item !== marked[0]) {
      findings.push({ range, message: 'A playbook has at most one point of no return.', other })
    }
  }
  // With the mark in a wrong phase or on an unknown step, what is before and after it would only be a guess.
  if (marked.some(({ phase }) => phase !== 'pause') || !isComplete) return
  const point = pointOfNoReturnIn(items)
  for (const [index, item] of items.entries()) {
    const isBefore = point === undefined ? item.phase !== 'settle' : index < point
    findings.push(...(isBefore ? checkWayBack(item) : checkNoUndo(item, point)))
  }
}

/** Before the point of no return every failure walks back, so every step there must be able to. */
function checkWayBack(item: CheckedItem): readonly Finding[] {
  if (item.type === 'gate' || (item.kind.irreversible === undefined && item.kind.undo)) return []
  const why = item.kind.irreversible === undefined ? '' : ` (${item.kind.irreversible.replace(/\.$/, '')})`
  return [
    {
      range: item.word.range,
      message: `\`${idOf(item)}\` cannot be undone${why}, but a later failure would walk back over it.`,
      hint: 'Move it behind the step with pointOfNoReturn, or mark that step.',
    },
  ]
}

/** Only a kind of one's own can be like this. Its undo could end well and bring nothing back. */
function checkProofOfUndo(item: CheckedItem): readonly Finding[] {
  if (item.type === 'gate' || !item.kind.undo || item.kind.verifyUndone) return []
  return [
    {
      range: item.word.range,
      message: `\`${item.kind.kind}\` has an undo that nothing can verify.`,
      hint: 'Give the kind a verifyUndone; nothing is claimed to be undone that was not seen.',
    },
  ]
}

function checkNoUndo(item: CheckedItem, point: number | undefined): readonly Finding[] {
  if (point === undefined || item.fields?.onFailure !== 'undo') return []
  return [
    {
      range: valueOf(item.node, 'onFailure'),
      message: 'From the point of no return on nothing is walked back.',
      hint: 'Write "onFailure: stop", or leave it out.',
    },
  ]
}

function checkRequirements(root: YamlNode, item: CheckedItem): readonly Finding[] {
  if (item.type === 'gate') return []
  return (item.kind.requires ?? [])
    .filter((part) => !childOf(root, part))
    .map((part) => ({
      range: item.word.range,
      message: `\`${item.kind.kind}\` needs \`${part}\`, which this playbook does not have.`,
      hint: 'Add "notice: { center: name, dataId: cutover-notice.json }" at the top level.',
    }))
}

function checkFollows(item: CheckedItem, earlier: readonly CheckedItem[]): readonly Finding[] {
  if (item.type === 'gate' || item.with === undefined) return []
  const wanted = item.kind.follows?.(item.with as never)
  if (!wanted || earlier.some((one) => idOf(one) === wanted.id && wanted.kinds.includes(one.kind.kind)))
    return []
  return [
    {
      range: item.word.range,
      message: `\`${idOf(item)}\` names \`${wanted.id}\`, and no step ${wanted.kinds.join(' or ')} of that id comes before it.`,
      hint: 'Name the id of such a step, and put this one after it.',
    },
  ]
}

/** A gate that can never count enough readings before its deadline is a mistake, not a strict gate. */
function checkReadings(item: CheckedItem): readonly Finding[] {
  if (item.type === 'step' || !item.fields) return []
  const { deadline, every, goodReadings } = item.fields
  const { defaults } = item.kind
  const readings = goodReadings ?? defaults.goodReadings
  const neededMs = (readings - 1) * (every ?? defaults.everyMs)
  if (neededMs < (deadline ?? defaults.deadlineMs)) return []
  return [
    {
      range: item.word.range,
      message: `${readings} good readings in a row do not fit into the deadline of \`${idOf(item)}\`.`,
      hint: 'Raise deadline, or lower every or goodReadings.',
    },
  ]
}

function valueOf(node: MapNode, key: string): YamlNode['range'] {
  return (childOf(node, key) ?? node).range
}
