import { randomBytes } from 'node:crypto'
import { lstat, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CutoverError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { ifThere } from './file-failure.ts'
import { lifeOf, ownMark } from './process-mark.ts'
import type { Life, ProcessMark } from './process-mark.ts'

/*
 * Lets one writer at a time at the documents of a folder, as in a bakery (Lamport): who wants to write draws a number,
 * one more than the highest on the counter, and waits until nobody has a lower one. While somebody draws, a second
 * file says so, because the number that comes of it may be lower than one that is drawn later.
 *
 * Every file is made once, by O_EXCL, under a name nobody uses again; the name says whose it is. So the files of a
 * process that died can be taken away by anybody at any time: there is no moment at which a new owner's file is
 * mistaken for the old one's, which is how a single lock file that is broken by two at once fails. It does not matter
 * when a process is killed: its files mean nothing from then on.
 *
 * It needs a file system whose folders look the same to everybody at once, and processes that can see each other.
 * Machines that share a folder over a network have neither.
 */

/** The right to write, until it is disposed of. */
export interface HeldLock extends AsyncDisposable {
  /** @throws CutoverError `system.unreachable` when somebody took the lock's file away. */
  requireHeld(): Promise<void>
}

/** Milliseconds. Writers are done in a moment; with git, a hook may take its time. */
const longestWaitMs = 30_000
const firstPauseMs = 2
const longestPauseMs = 25

/**
 * Waits for the right to write.
 * @param folder the kit's own, for nothing but these files.
 * @throws CutoverError `system.unreachable` when the others are not done in time; nothing was written.
 */
export async function lockDirectory(
  folder: string,
  where: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<HeldLock> {
  const own = await ownMark()
  const id = randomBytes(8).toString('hex')
  const counter = { folder, where, clock, own, id, giveUpAt: clock.monotonicMs() + longestWaitMs }
  const ticket = await drawNumber(counter)
  const path = join(folder, nameOf(ticket))
  try {
    await awaitTurn(counter, ticket, signal)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return {
    async requireHeld() {
      if (await ifThere(lstat(path))) return
      throw new CutoverError('system.unreachable', `${where}: the lock was taken away by somebody`, {
        where: path,
        hint: 'Nothing was written. Leave that folder alone while a run is going on, then try again.',
      })
    },
    [Symbol.asyncDispose]: () => rm(path, { force: true }),
  }
}

interface Counter {
  readonly folder: string
  readonly where: string
  readonly clock: Clock
  readonly own: ProcessMark
  readonly id: string
  readonly giveUpAt: number
}

interface Ticket extends ProcessMark {
  /** 0: it is just being drawn. */
  readonly number: number
  readonly id: string
}

async function drawNumber(counter: Counter): Promise<Ticket> {
  const drawing: Ticket = { ...counter.own, number: 0, id: counter.id }
  const path = join(counter.folder, nameOf(drawing))
  await make(path)
  try {
    const others = await readTickets(counter.folder)
    const ticket = { ...drawing, number: Math.max(0, ...others.map(({ number }) => number)) + 1 }
    await make(join(counter.folder, nameOf(ticket)))
    return ticket
  } finally {
    await rm(path, { force: true })
  }
}

async function awaitTurn(counter: Counter, ticket: Ticket, signal: AbortSignal): Promise<void> {
  // Who begins to draw after this look sees our number and draws a higher one.
  const drawing = new Set((await readTickets(counter.folder)).filter(isDrawing).map(({ id }) => id))
  await awaitNone(counter, (other) => isDrawing(other) && drawing.has(other.id), signal)
  await awaitNone(counter, (other) => !isDrawing(other) && goesFirst(other, ticket), signal)
}

async function awaitNone(
  counter: Counter,
  isBefore: (other: Ticket) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    signal.throwIfAborted()
    const blocking = (await readTickets(counter.folder)).filter(isBefore)
    const first = await firstLiving(counter, blocking)
    if (first === undefined) return
    if (counter.clock.monotonicMs() > counter.giveUpAt) throw heldTooLong(counter, first)
    await counter.clock.sleep(pauseMs, signal)
  }
}

interface Blocking {
  readonly ticket: Ticket
  readonly life: Life
}

/** Takes the files of those away who died before it. */
async function firstLiving(counter: Counter, tickets: readonly Ticket[]): Promise<Blocking | undefined> {
  for (const ticket of tickets) {
    const life = await lifeOf(ticket, counter.own)
    if (life !== 'dead') return { ticket, life }
    await rm(join(counter.folder, nameOf(ticket)), { force: true })
  }
  return undefined
}

function heldTooLong(counter: Counter, { ticket, life }: Blocking): CutoverError {
  const who = life === 'alive' ? `process ${ticket.pid}` : 'a process of another container or machine'
  return new CutoverError(
    'system.unreachable',
    `${counter.where} is being written by ${who}; nothing was written`,
    {
      where: join(counter.folder, nameOf(ticket)),
      hint:
        life === 'alive'
          ? 'Wait until it is done, or look at what it waits for, then try again.'
          : 'When no run of the kit goes on there any more, remove that file, then try again.',
    },
  )
}

function isDrawing({ number }: Ticket): boolean {
  return number === 0
}

function goesFirst(one: Ticket, other: Ticket): boolean {
  return one.number < other.number || (one.number === other.number && one.id < other.id)
}

async function readTickets(folder: string): Promise<readonly Ticket[]> {
  return (await readdir(folder)).flatMap((name) => ticketIn(name) ?? [])
}

function nameOf({ number, id, host, boot, namespace, pid, start }: Ticket): string {
  return [number, id, host, boot, namespace, pid, start].join('.')
}

function ticketIn(name: string): Ticket | undefined {
  const [number, id, host, boot, namespace, pid, start] = name.split('.')
  if (!number || !id || !host || !boot || !namespace || !pid || !start) return undefined
  return { number: Number(number), id, host, boot, namespace, pid, start }
}

async function make(path: string): Promise<void> {
  await (await open(path, 'wx', 0o600)).close()
}
