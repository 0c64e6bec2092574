import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockDirectory } from '../../../src/config-centers/file/directory-lock.ts'
import type { HeldLock } from '../../../src/config-centers/file/directory-lock.ts'
import { lifeOf, ownMark } from '../../../src/config-centers/file/process-mark.ts'
import type { ProcessMark } from '../../../src/config-centers/file/process-mark.ts'
import { systemClock } from '../../../src/core/system-clock.ts'
import type { Clock } from '../../../src/core/ports/clock.ts'
import { makeDirectory, openFolderBench, ref, within } from './file-bench.ts'

let folder: string
beforeEach(() => {
  folder = makeDirectory()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const never = new AbortController().signal
/** Ten seconds pass with every look. */
function hurriedClock(): Clock {
  let nowMs = 0
  return {
    ...systemClock,
    monotonicMs: () => nowMs,
    sleep: () => {
      nowMs += 10_000
      return Promise.resolve()
    },
  }
}

const lock = (clock: Clock = systemClock): Promise<HeldLock> => lockDirectory(folder, 'files', clock, never)

/** The file of somebody who drew this number; 0: who is drawing one. */
function leave(number: number, mark: ProcessMark): void {
  const { host, boot, namespace, pid, start } = mark
  writeFileSync(join(folder, [number, 'ffff', host, boot, namespace, pid, start].join('.')), '')
}

describe('the lock of a folder', () => {
  it('is held by one at a time, in the order in which they asked', async () => {
    const order: number[] = []
    let inside = 0
    const work = async (number: number): Promise<void> => {
      await using held = await lock()
      inside += 1
      expect(inside).toBe(1)
      order.push(number)
      await held.requireHeld()
      inside -= 1
    }
    const first = await lock()
    const waiting: Promise<void>[] = []
    for (const number of [1, 2, 3]) {
      waiting.push(work(number))
      await expect
        .poll(() => readdirSync(folder).filter((name) => /^[1-9]/.test(name)).length, {
          timeout: 15_000,
        })
        .toBe(number + 1)
    }
    await first[Symbol.asyncDispose]()
    await Promise.all(waiting)
    expect(order).toEqual([1, 2, 3])
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([1, 0])('is not kept by a process that died (number %i)', async (number) => {
    const own = await ownMark()
    leave(number, { ...own, pid: '4194304', start: '1' })
    leave(number, { ...own, boot: 'before' })
    // Another process has its number by now.
    leave(number, { ...own, start: '1' })
    await using held = await lock()
    await held.requireHeld()
    expect(readdirSync(folder)).toHaveLength(1)
  })

  it.each([1, 0])('is waited for half a minute while a process lives (number %i)', async (number) => {
    leave(number, await ownMark())
    const clock = hurriedClock()
    await expect(lock(clock)).rejects.toMatchObject({
      code: 'system.unreachable',
      message: `files is being written by process ${process.pid}; nothing was written`,
    })
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(30_000)
    expect(readdirSync(folder)).toHaveLength(1)
  })

  it('is never taken from a process that nobody here can see', async () => {
    const own = await ownMark()
    leave(1, { ...own, namespace: '1' })
    const clock = hurriedClock()
    await expect(lock(clock)).rejects.toMatchObject({
      code: 'system.unreachable',
      where: expect.stringContaining(folder) as string,
    })
    expect(readdirSync(folder)).toHaveLength(1)
  })

  it('leaves nothing behind when the wait is given up', async () => {
    leave(1, await ownMark())
    const stop = new AbortController()
    const waiting = lockDirectory(folder, 'files', systemClock, stop.signal)
    await expect.poll(() => readdirSync(folder).length, { timeout: 15_000 }).toBe(2)
    stop.abort(new Error('given up'))
    await expect(waiting).rejects.toThrow('given up')
    expect(readdirSync(folder)).toHaveLength(1)
  })

  it('that somebody took away is missed before anything is written', async () => {
    await using held = await lock()
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
    await expect(held.requireHeld()).rejects.toMatchObject({ code: 'system.unreachable' })
  })

  it('and temporary files that a killed writer left go with the next change', async () => {
    using bench = openFolderBench(false)
    await bench.edit('a: 1')
    writeFileSync(join(bench.root, ref.group, '.cutover-0123456789abcdef.tmp'), 'password: x')
    await bench.center.put(ref, 'a: 2', { expect: 'any' }, within())
    expect(readdirSync(join(bench.root, ref.group))).toEqual([ref.dataId])
    expect(readdirSync(join(bench.root, '.cutover-history', '.locks'))).toEqual([])
  })
})

describe('a process', () => {
  it('is alive, dead, or cannot be seen', async () => {
    const own = await ownMark()
    expect(own.start).not.toBe('0')
    expect(await lifeOf(own, own)).toBe('alive')
    expect(await lifeOf({ ...own, start: '1' }, own)).toBe('dead')
    expect(await lifeOf({ ...own, boot: 'other' }, own)).toBe('dead')
    expect(await lifeOf({ ...own, namespace: 'other' }, own)).toBe('unknown')
    expect(await lifeOf({ ...own, host: 'other', boot: 'other' }, own)).toBe('unknown')
  })
})
