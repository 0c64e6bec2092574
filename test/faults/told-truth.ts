import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Lab } from '../../src/lab/open-lab.ts'
import { differences, readWorld, type World } from '../crash/crash-lab.ts'
import type { FaultStage } from './open-fault-stage.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** What `cutover report` says about a run that was cut off or has ended. */
export async function reportOf(directory: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'report', directory])
  return stdout
}

/** What the report says is true and is not; empty: every sentence that can be checked holds. */
export async function untrueSentences(stage: FaultStage, report: string): Promise<readonly string[]> {
  const world = await readWorld(stage.lab)
  const facts = factsOf(stage.lab, world)
  if (report.includes('Nothing was changed.')) return differences(world, stage.before)
  const inEffect = sentence(report, 'Done and in effect: ')
  const walkedBack = sentence(report, 'Walked back, as it was before: ')
  return claims.flatMap(({ id, done, undone, unless = [] }) => {
    // What a later step may have changed again says nothing any more.
    if (
      unless.some((later) => report.includes(`  ${later} was begun`) || report.includes(`  ${later} failed`))
    )
      return []
    if (names(inEffect, id) && !unless.some((later) => names(inEffect, later)) && !done(facts))
      return [`the report says that ${id} is in effect, and it is not`]
    if (names(walkedBack, id) && !undone(facts))
      return [`the report says that ${id} is as it was before, and it is not`]
    return []
  })
}

interface Facts {
  readonly writersOnSource: boolean
  readonly writersOnTarget: boolean
  readonly accountsOnTarget: readonly string[]
  readonly document: string
  readonly targetAddress: string
  readonly notice: string
  readonly replication: string
}

interface Claim {
  readonly id: string
  readonly done: (facts: Facts) => boolean
  readonly undone: (facts: Facts) => boolean
  /** Later steps that change the same thing. */
  readonly unless?: readonly string[]
}

const claims: readonly Claim[] = [
  {
    id: 'read-only-account',
    done: ({ accountsOnTarget }) => accountsOnTarget.includes('orders_ro@%'),
    undone: ({ accountsOnTarget }) => !accountsOnTarget.includes('orders_ro@%'),
    unless: ['drop-read-only-account'],
  },
  {
    id: 'read-write-account',
    done: ({ accountsOnTarget }) => accountsOnTarget.includes('orders_rw@%'),
    undone: ({ accountsOnTarget }) => !accountsOnTarget.includes('orders_rw@%'),
  },
  {
    id: 'announce-armed',
    done: ({ notice }) => notice === 'armed',
    undone: ({ notice }) => notice === '',
    unless: ['announce-upgrading', 'announce-done'],
  },
  {
    id: 'announce-upgrading',
    done: ({ notice }) => notice === 'upgrading',
    undone: ({ notice }) => notice !== 'upgrading',
    unless: ['announce-done'],
  },
  {
    id: 'config-read-only',
    done: ({ document, targetAddress }) => document.includes('orders_ro') && document.includes(targetAddress),
    undone: ({ document, targetAddress }) => !document.includes(targetAddress),
    unless: ['config-read-write'],
  },
  {
    id: 'fence',
    done: ({ writersOnSource }) => !writersOnSource,
    undone: ({ writersOnSource }) => writersOnSource,
  },
  {
    id: 'stop-sync',
    done: ({ replication }) => !replication.includes('Yes'),
    undone: ({ replication }) => replication === 'Yes Yes',
    unless: ['remove-sync'],
  },
  {
    id: 'allow-writes',
    done: ({ writersOnTarget }) => writersOnTarget,
    undone: ({ writersOnTarget }) => !writersOnTarget,
  },
  {
    id: 'config-read-write',
    done: ({ document, targetAddress }) => document.includes('orders_rw') && document.includes(targetAddress),
    undone: ({ document }) => !document.includes('orders_rw'),
  },
  { id: 'announce-done', done: ({ notice }) => notice === 'done', undone: ({ notice }) => notice !== 'done' },
  {
    id: 'remove-sync',
    done: ({ replication }) => replication === 'none none',
    undone: () => true,
  },
  {
    id: 'drop-read-only-account',
    done: ({ accountsOnTarget }) => !accountsOnTarget.includes('orders_ro@%'),
    undone: ({ accountsOnTarget }) => accountsOnTarget.includes('orders_ro@%'),
  },
]

interface ServerImage {
  readonly grants: Readonly<Record<string, readonly string[]>>
}

function factsOf(lab: Lab, world: World): Facts {
  const [document, , notice] = world['documents'] as [string, string, { phase?: string } | undefined]
  const { receives = 'none', applies = 'none' } = world['replication'] as Record<string, string | undefined>
  const target = world['target'] as ServerImage
  return {
    writersOnSource: mayWrite(world['source'] as ServerImage),
    writersOnTarget: mayWrite(target),
    accountsOnTarget: Object.keys(target.grants),
    document,
    targetAddress: `:${lab.pair.target.port}/orders`,
    notice: notice?.phase ?? '',
    replication: `${receives} ${applies}`,
  }
}

function mayWrite({ grants }: ServerImage): boolean {
  return Object.entries(grants).some(
    ([account, lines]) =>
      account.startsWith('orders_') &&
      lines.some((line) => /\bINSERT\b/.test(line) && /ON `orders`\.\*/.test(line)),
  )
}

function sentence(report: string, head: string): string {
  return report.split('\n').find((line) => line.trim().startsWith(head)) ?? ''
}

/** Evidence in brackets may name anything, so the id stands at the beginning of an entry. */
function names(list: string, id: string): boolean {
  return new RegExp(`(: |, )${id}( \\(|,|\\.)`).test(list)
}
