import type { CheckedItem } from './check-item.ts'
import { idOf, pointOfNoReturnIn } from './check-order.ts'
import type { Finding } from './finding.ts'
import { childOf } from './yaml-tree.ts'

/** Ends of a run at which users wait and nobody acts, or at which `undo` is offered and cannot do what it says. */
export function warnAboutWaysOut(items: readonly CheckedItem[]): readonly Finding[] {
  const point = pointOfNoReturnIn(items)
  return items.flatMap((item, index) => {
    const isBefore = point === undefined ? item.phase !== 'settle' : index <= point
    return [
      ...(isBefore && item.phase === 'pause' ? warnAboutStop(item) : []),
      ...(point === undefined && item.phase === 'settle' ? warnAboutHalfUndo(item) : []),
      ...remarksOf(item, isBefore),
    ]
  })
}

/** In prepare nobody notices a run that stands still; in the pause everybody does. */
function warnAboutStop(item: CheckedItem): readonly Finding[] {
  if (item.fields?.onFailure !== 'stop') return []
  return [
    {
      range: (childOf(item.node, 'onFailure') ?? item.node).range,
      message: `When \`${idOf(item)}\` fails, the run stops inside the pause: users stay refused until a person comes.`,
      hint: 'Leave it out: before the point of no return a failure then walks back, and users can write again.',
    },
  ]
}

/** Without a point of no return a run can be undone to the end, this step included; and this step cannot. */
function warnAboutHalfUndo(item: CheckedItem): readonly Finding[] {
  if (item.type === 'gate' || (item.kind.irreversible === undefined && item.kind.undo)) return []
  return [
    {
      range: item.word.range,
      message: `\`${idOf(item)}\` cannot be undone, and nothing is marked as the point of no return: an undo of the run would walk back around it.`,
      hint: 'Mark the step of the pause from which there is no way back with pointOfNoReturn.',
    },
  ]
}

function remarksOf(item: CheckedItem, isBefore: boolean): readonly Finding[] {
  if (item.type === 'gate') return []
  const remarks = item.kind.remarks?.(item.with as never) ?? []
  return remarks
    .filter((remark) => isBefore || !remark.onlyBeforeNoReturn)
    .map(({ message, hint }) => ({
      range: item.word.range,
      message: `\`${idOf(item)}\` ${message}`,
      hint,
    }))
}
