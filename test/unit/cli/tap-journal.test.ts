import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { EntryBody } from '../../../src/core/journal-entry.ts'
import { tapJournal } from '../../../src/cli/tap-journal.ts'
import { openJournalGate, type JournalGate, nameOf } from '../../crash/journal-gate.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'
import { createMemoryJournal } from '../runner/memory-journal.ts'

const note: EntryBody = { type: 'undo.intended', id: 'fence' }
let directory: string
let gate: JournalGate
let heard: string[]
let mayGoOn: boolean

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tap-'))
  heard = []
  mayGoOn = true
  gate = await openJournalGate(join(directory, 'tap'), (moment) => {
    heard.push(nameOf(moment))
    return mayGoOn
  })
})
afterEach(async () => {
  await gate[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

it('is the journal itself when nobody asked for a tap', async () => {
  const journal = createMemoryJournal(createFakeClock())
  expect(await tapJournal(journal, undefined)).toBe(journal)
})

it('tells of an entry before it is written and after', async () => {
  await using tapped = await tapJournal(createMemoryJournal(createFakeClock()), gate.socket)
  await tapped.append(note)
  expect(heard).toEqual(['before undo.intended fence', 'after undo.intended fence'])
  expect((await tapped.read()).map(({ type }) => type)).toEqual(['undo.intended'])
})

it('writes nothing while it has no permission, and takes the end of the listener for one', async () => {
  mayGoOn = false
  await using tapped = await tapJournal(createMemoryJournal(createFakeClock()), gate.socket)
  const appended = tapped.append(note)
  await expect.poll(() => heard).toEqual(['before undo.intended fence'])
  expect(await tapped.read()).toEqual([])
  await gate[Symbol.asyncDispose]()
  await appended
  expect(await tapped.read()).toHaveLength(1)
})
