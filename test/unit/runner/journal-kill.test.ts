import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/core/system-clock.ts'
import { openJournal } from '../../../src/runner/open-journal.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cutover-kill-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const writer = fileURLToPath(new URL('write-until-killed.mjs', import.meta.url))

/** Starts a process that appends as fast as it can; kills it after so many acknowledged entries. */
async function killAfter(count: number): Promise<number> {
  const child = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  let acknowledged = 0
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line)
    if (acknowledged >= count) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return acknowledged
}

test('a writer killed at any moment loses no acknowledged entry, and its journal is taken up', async () => {
  let total = 0
  for (const count of [1, 2, 5, 17, 60]) {
    const acknowledged = await killAfter(total + count)
    await using journal = await openJournal({ directory, actor: 'test', clock: systemClock, epoch: 1 })
    const entries = await journal.read()
    expect(entries.length).toBeGreaterThanOrEqual(acknowledged)
    expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, index) => index + 1))
    total = (await journal.append({ type: 'operator.note', text: 'taken up' })).seq
  }
})
