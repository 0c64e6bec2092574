import { CutoverError } from '../../core/errors.ts'
import type { DocumentRef, Expectation } from '../../core/ports/config-center.ts'
import { requireStorable } from '../shared/require-storable.ts'
import { requireExpected } from '../shared/write-outcomes.ts'
import type { ApolloPortal } from './apollo-portal.ts'
import { configurationOfText } from './configuration.ts'
import { editAndRelease } from './edit-and-release.ts'
import { notDone, takesAway } from './edit-refusals.ts'
import type { ApolloNamespace } from './namespace-of.ts'
import { rowOf } from './namespace-row.ts'
import type { NamespaceRow } from './namespace-row.ts'
import type { Items } from './portal-answers.ts'

const looks = 5
const firstPauseMs = 100

/** Edits and releases; what is there must be what is expected, and what is released is read back. */
export async function putDocument(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  ref: DocumentRef,
  content: string,
  expect: Expectation,
  signal: AbortSignal,
): Promise<NamespaceRow> {
  const where = `${ref.dataId} in ${portal.name}`
  requireStorable(portal.name, ref, content)
  const target = configurationOfText(namespace, content, where)
  const released = await portal.latest(namespace, signal)
  requireExpected(portal, ref, rowOf(namespace, released), expect)
  const lacking = [...(released?.configuration.keys() ?? [])].filter((key) => !target.has(key))
  if (lacking.length > 0) throw takesAway(where, lacking)
  const items =
    (await portal.items(namespace, signal)) ?? (await createNamespace(portal, namespace, where, signal))
  const release = await editAndRelease(portal, { ref, namespace, released, items, target }, signal)
  const row = rowOf(namespace, release)
  if (row) return row
  throw new CutoverError('internal', `${where} was released without a text`)
}

/**
 * Removes every item and releases that: services are told that there is no such document any more. The namespace
 * stays, because portals before 3.0 cannot remove one.
 */
export async function removeDocument(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  ref: DocumentRef,
  expect: Expectation,
  signal: AbortSignal,
): Promise<void> {
  const released = await portal.latest(namespace, signal)
  const row = rowOf(namespace, released)
  const items = (await portal.items(namespace, signal)) ?? new Map()
  if (row) requireExpected(portal, ref, row, expect)
  // What a run of ours edited and never released goes as well; what somebody else prepares is not there yet.
  else if (items.size === 0 || !areAllOf(portal.operator, items)) return
  await editAndRelease(portal, { ref, namespace, released, items, target: new Map() }, signal)
}

function areAllOf(operator: string, items: Items): boolean {
  return [...items.values()].every(({ by }) => by === operator)
}

async function createNamespace(
  portal: ApolloPortal,
  namespace: ApolloNamespace,
  where: string,
  signal: AbortSignal,
): Promise<Items> {
  const outcome = await portal.createNamespace(namespace, signal)
  if (outcome.kind === 'never-sent') throw notDone(where, outcome, [])
  // Refused because somebody else was quicker, or done: the portal passes it on to the environments by itself.
  for (let look = 1; look <= looks; look += 1) {
    const items = await portal.items(namespace, signal)
    if (items) return items
    await portal.clock.sleep(firstPauseMs * 2 ** (look - 1), signal)
  }
  const reason = 'reason' in outcome ? outcome.reason : 'the portal said it was created'
  throw new CutoverError(
    'system.refused',
    `${where}: there is no such namespace, and none was created (${reason})`,
    {
      where,
      hint: 'Create it in the portal, in this environment and cluster, or let the third-party application create namespaces.',
    },
  )
}
