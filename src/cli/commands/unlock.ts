import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { startDeadline } from '../../core/deadline.ts'
import { CutoverError, toCutoverError } from '../../core/errors.ts'
import { beingBroken, type LockBreak } from '../../core/lock-record.ts'
import type { Playbook } from '../../core/playbook.ts'
import { systemClock } from '../../core/system-clock.ts'
import { abandonSocket } from '../control/abandon-socket.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { listenForStop } from '../people/listen-for-stop.ts'
import { openLockViews, type LockPlace } from '../locks/lock-views.ts'
import { openPlaybook } from '../open-playbook.ts'
import { openOperator } from '../people/operator.ts'
import { openPromptQueue } from '../people/prompt-queue.ts'
import { redactor } from '../redactor.ts'
import { resolveSecrets } from '../resolve-secrets.ts'
import { playbookCopy } from '../runs/run-directory.ts'
import { asVariables, readRunVariables } from '../runs/run-variables.ts'
import { openSecrets } from '../secrets.ts'
import { lookAtLocks, showLocks, type SeenPlace } from '../locks/show-locks.ts'
import { whoAmI } from '../people/who-am-i.ts'

/** Longest time for all places together, milliseconds. */
const breakWithinMs = 60_000

export interface UnlockOptions {
  readonly lockId?: string
  readonly reason?: string
  readonly confirm?: string
  readonly runs: string
}

/**
 * Shows every lock of a playbook; with an id and a reason it breaks that lock. Its process, should it still live, finds
 * its sessions ended and its next deed refused.
 */
export async function unlock(target: string, options: UnlockOptions): Promise<ExitCode> {
  const wish = breakWish(options)
  const file = await fileOf(target, options.runs)
  // Beside the copy in a run's directory are the values that the run was begun with.
  const kept = await readRunVariables(dirname(file))
  const playbook = await openPlaybook(file, kept ? asVariables(kept) : process.env)
  if (!playbook) return exitCodes.usage
  using stop = listenForStop()
  const secrets = openSecrets({ environment: process.env, redactor })
  await resolveSecrets(playbook, secrets, stop.signal)
  await using views = await openLockViews(playbook, secrets, stop.signal)
  const seen = await lookAtLocks(views.places, stop.signal)
  process.stdout.write(redactor.redact(await showLocks(seen, { target, runs: options.runs })))
  if (!wish) return seen.some((each) => 'failure' in each) ? exitCodes.refused : exitCodes.done
  requireKnown(seen, wish)
  await confirm(playbook, options, stop.signal)
  return await breakAll(seen, wish, [options.runs, dirname(dirname(file))], stop.signal)
}

/** Undefined: only show. @throws CutoverError `usage` when half of what is needed is missing. */
function breakWish({ lockId, reason }: UnlockOptions): LockBreak | undefined {
  if (lockId === undefined && reason === undefined) return undefined
  if (!lockId || !reason?.trim()) {
    throw new CutoverError('usage', 'Breaking a lock needs its id and a reason', {
      hint: 'cutover unlock without options shows the ids; then give --lock-id and --reason.',
    })
  }
  return {
    lockId,
    newLockId: randomBytes(6).toString('hex'),
    by: `${whoAmI()}@${hostname()}`,
    at: systemClock.now().toISOString(),
    reason: reason.trim(),
  }
}

/** The playbook itself, or the copy in a run's directory, also of a run that never began. */
async function fileOf(target: string, runs: string): Promise<string> {
  const candidates = [playbookCopy(join(runs, target)), playbookCopy(target), target]
  for (const path of candidates) if (await isFile(path)) return path
  throw new CutoverError('usage', `There is no playbook and no run ${target}`, {
    where: runs,
    hint: 'Name a YAML file or a run; say where runs are with --runs.',
  })
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

function requireKnown(seen: readonly SeenPlace[], { lockId }: LockBreak): void {
  if (seen.some((each) => each.lock?.record?.lockId === lockId)) return
  throw new CutoverError('conflict', `None of these is the lock ${lockId}; it may be broken or taken anew`, {
    hint: 'Look at the locks above, and decide again.',
  })
}

async function confirm(playbook: Playbook, options: UnlockOptions, signal: AbortSignal): Promise<void> {
  const interactive = process.stdin.isTTY && process.stderr.isTTY
  const prompts = openPromptQueue({ interactive, input: process.stdin, output: process.stderr })
  const operator = openOperator({ prompts, confirm: options.confirm, agree: [] })
  const text = `Break the lock ${options.lockId}? Whoever holds it will do nothing more.`
  const answer = await operator.ask({ id: 'confirm', text, typeToAgree: playbook.confirm }, signal)
  if (answer.agreed) return
  throw new CutoverError('operator.declined', `Nothing was changed: ${answer.why}`, {
    hint: `Type ${playbook.confirm} when asked, or give --confirm ${playbook.confirm}.`,
  })
}

/**
 * First every row and document is taken from the run, then its sessions are ended, and only where none is left the lock
 * becomes free: a session that is opened in between asks for a lock that is gone, and no other run can begin before the
 * last statement of the old one. What could not be done is said, and the rest is done all the same: a run needs every
 * place, so one that is left keeps all others out.
 */
async function breakAll(
  seen: readonly SeenPlace[],
  wish: LockBreak,
  runs: readonly string[],
  outer: AbortSignal,
): Promise<ExitCode> {
  using deadline = startDeadline(systemClock, breakWithinMs, 'breaking the lock', outer)
  const { signal } = deadline
  const concerned = places(seen.filter(({ lock }) => lock?.record?.lockId === wish.lockId))
  const broken = await attempt(concerned, async (place) => {
    await place.breakOpen(wish, signal)
    return 'broken'
  })
  const ended = await attempt(places(seen), async (place) => {
    const count = (await place.endSessions?.(wish.lockId, signal)) ?? 0
    return count === 0 ? 'no session of it is left' : `${count} sessions of it ended`
  })
  const freed = await attempt(
    broken.good.filter((place) => ended.good.includes(place)),
    async (place) => {
      await place.freeBroken(wish, signal)
      return 'free'
    },
  )
  const record = seen.find(({ lock }) => lock?.record?.lockId === wish.lockId)?.lock?.record
  const runId = record?.runId === beingBroken ? record.broken?.runId : record?.runId
  if (broken.good.length > 0 && runId) for (const place of runs) await abandonSocket(join(place, runId))
  const all = [broken, ended, freed]
  process.stdout.write(redactor.redact(`${all.flatMap(({ lines }) => lines).join('\n')}\n`))
  if (broken.good.length === 0) return exitCodes.refused
  return all.every(({ isWhole }) => isWhole) ? exitCodes.done : exitCodes.stranded
}

function places(seen: readonly SeenPlace[]): readonly LockPlace[] {
  return seen.map(({ place }) => place)
}

interface Attempts {
  readonly lines: readonly string[]
  /** Where it worked. */
  readonly good: readonly LockPlace[]
  readonly isWhole: boolean
}

async function attempt(
  wanted: readonly LockPlace[],
  work: (place: LockPlace) => Promise<string>,
): Promise<Attempts> {
  const good: LockPlace[] = []
  const lines = await Promise.all(
    wanted.map(async (place) => {
      try {
        const said = await work(place)
        good.push(place)
        return `${place.where}: ${said}`
      } catch (error) {
        const { message, hint } = toCutoverError(error)
        return `${place.where}: NOT DONE: ${message}${hint === undefined ? '' : `\n  next: ${hint}`}`
      }
    }),
  )
  return { lines, good, isWhole: good.length === wanted.length }
}
