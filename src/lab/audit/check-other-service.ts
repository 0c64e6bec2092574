import type { WriteCounts, Writer } from '../load/types.ts'
import { FindingList } from './finding-list.ts'
import { readIds } from './read-rows.ts'
import type { WritesById } from './read-load-log.ts'
import type { OkFailed } from './types.ts'
import type { Connection } from 'mysql2/promise'

/** A service that does not move: which server has its table, and its writes. */
export interface OtherService {
  readonly name: Exclude<Writer, 'orders'>
  readonly home: Connection
  readonly homeName: 'source' | 'target'
  readonly elsewhere: Connection
  readonly writes: WritesById
  readonly counts: WriteCounts
}

/** Every write of it acknowledged, every acknowledged one at home, nothing of it on the other server. */
export async function checkOtherService(
  other: OtherService,
): Promise<OkFailed & { readonly findings: readonly string[] }> {
  const { name, homeName, writes, counts } = other
  const list = new FindingList()
  const [atHome, elsewhere] = await Promise.all([readIds(other.home, name), readIds(other.elsewhere, name)])
  for (const line of writes.values()) {
    const there = atHome?.has(line.id) ?? false
    if (line.outcome !== 'acknowledged') list.add(`writes of ${name} failed (${line.outcome})`, line.id)
    else if (!there) list.add(`acknowledged writes of ${name} are not on the ${homeName}`, line.id)
    if (there && line.outcome.startsWith('refused')) list.add(`refused writes of ${name} are there`, line.id)
  }
  for (const id of atHome ?? []) {
    if (!writes.has(id)) list.add(`rows of ${name} are not of the load`, id)
  }
  for (const id of elsewhere ?? []) list.add(`rows of ${name} are on the wrong server`, id)
  const failed = counts.refusedFriendly + counts.refusedOther + counts.unknown + counts.notSent
  return { ok: counts.acknowledged, failed, findings: list.sentences() }
}
