import { createHash } from 'node:crypto'
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EntryBody } from '../../../src/core/journal-entry.ts'
import type { JournalStore } from '../../../src/core/ports/journal-store.ts'
import { createRedactor } from '../../../src/core/redact.ts'
import { Secret } from '../../../src/core/secret.ts'
import { systemClock } from '../../../src/core/system-clock.ts'
import { openJournal } from '../../../src/runner/open-journal.ts'
import { readJournal } from '../../../src/runner/read-journal.ts'
import { createMemoryJournal } from './memory-journal.ts'

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cutover-journal-'))
  file = join(directory, 'journal.jsonl')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const note = (text: string): EntryBody => ({ type: 'operator.note', text })

function openOnDisk(more: Partial<Parameters<typeof openJournal>[0]> = {}): Promise<JournalStore> {
  return openJournal({ directory, actor: 'ops@jump', clock: systemClock, epoch: 7, ...more })
}

async function write(...texts: readonly string[]): Promise<void> {
  await using journal = await openOnDisk()
  for (const text of texts) await journal.append(note(text))
}

const stores = [
  { name: 'on disk', open: () => openOnDisk() },
  { name: 'in memory', open: () => Promise.resolve(createMemoryJournal(systemClock)) },
]

describe.each(stores)('a journal $name', ({ open }) => {
  test('gives back what was appended, in order and numbered without holes', async () => {
    await using journal = await open()
    for (const text of ['one', 'two', 'three']) await journal.append(note(text))
    const entries = await journal.read()
    expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3])
    expect(entries.map((entry) => entry.type === 'operator.note' && entry.text)).toEqual([
      'one',
      'two',
      'three',
    ])
  })

  test('returns the entry as it will be read', async () => {
    await using journal = await open()
    const entry = await journal.append({ type: 'step.intended', id: 'a', uses: 'b', seen: { was: null } })
    expect(await journal.read()).toEqual([entry])
  })

  test('is empty at first', async () => {
    await using journal = await open()
    expect(await journal.read()).toEqual([])
  })

  test('keeps appends that overlap apart', async () => {
    await using journal = await open()
    await Promise.all(Array.from({ length: 20 }, (_, index) => journal.append(note(`note ${index}`))))
    const entries = await journal.read()
    expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })

  test('does not change an entry when its body changes afterwards', async () => {
    await using journal = await open()
    const body = { type: 'operator.note' as const, text: 'as it was' }
    await journal.append(body)
    body.text = 'changed'
    expect(await journal.read()).toMatchObject([{ text: 'as it was' }])
  })
})

test('an entry says who wrote it, when, in which process and under which epoch', async () => {
  await using journal = await openOnDisk()
  const entry = await journal.append(note('hello'))
  expect(entry).toMatchObject({ actor: 'ops@jump', epoch: 7, pid: process.pid, prev: '' })
  expect(entry.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

test('each entry carries the digest of the line before it', async () => {
  await write('one', 'two')
  const [first = '', second = ''] = (await readFile(file, 'utf8')).split('\n')
  expect(JSON.parse(second)).toMatchObject({ prev: createHash('sha256').update(first).digest('hex') })
})

test('only its owner can read it', async () => {
  const nested = join(directory, 'runs', 'run-1')
  await using journal = await openOnDisk({ directory: nested })
  await journal.append(note('hello'))
  expect((await stat(nested)).mode & 0o777).toBe(0o700)
  expect((await stat(join(nested, 'journal.jsonl'))).mode & 0o777).toBe(0o600)
})

test('a directory that others could read is closed to them', async () => {
  await chmod(directory, 0o755)
  await write('hello')
  expect((await stat(directory)).mode & 0o777).toBe(0o700)
})

test('a journal that is opened again goes on where it ended', async () => {
  await write('one', 'two')
  await write('three')
  expect((await readJournal(directory)).map((entry) => entry.seq)).toEqual([1, 2, 3])
})

test('a torn last line is left out, and the next entry follows the one before it', async () => {
  await write('one', 'two')
  await appendFile(file, '{"seq":3,"at":"2026-')
  expect(await readJournal(directory)).toHaveLength(2)
  await write('three')
  expect((await readJournal(directory)).map((entry) => entry.type === 'operator.note' && entry.text)).toEqual(
    ['one', 'two', 'three'],
  )
})

test('a file that holds nothing but a torn line is an empty journal', async () => {
  await writeFile(file, '{"seq":1')
  await using journal = await openOnDisk()
  expect(await journal.read()).toEqual([])
})

test.each([
  ['a changed line', 2, (lines: string[]) => lines.with(0, lines[0]?.replace('one', 'eno') ?? '')],
  ['a line that is gone', 2, (lines: string[]) => lines.toSpliced(1, 1)],
  ['lines in another order', 1, (lines: string[]) => [lines[1] ?? '', lines[0] ?? '', lines[2] ?? '']],
  ['a line that is not JSON', 2, (lines: string[]) => lines.with(1, '\u0000\u0000\u0000')],
  ['a line that is not an entry', 3, (lines: string[]) => lines.with(2, '[]')],
  ['an empty line', 2, (lines: string[]) => lines.toSpliced(1, 0, '')],
])('%s is refused with its number', async (_what, line, damage) => {
  await write('one', 'two', 'three')
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  await writeFile(file, `${damage(lines).join('\n')}\n`)
  const refused = { code: 'journal.unusable', where: `${file}:${line}` }
  await expect(openOnDisk()).rejects.toMatchObject(refused)
  await expect(readJournal(directory)).rejects.toMatchObject(refused)
})

test('a second writer is noticed before it can do harm', async () => {
  await using first = await openOnDisk()
  await using second = await openOnDisk()
  await first.append(note('mine'))
  await expect(second.append(note('also mine'))).rejects.toMatchObject({
    code: 'journal.unusable',
    message: 'somebody else wrote into the journal',
  })
  expect(await readJournal(directory)).toHaveLength(1)
})

test('a journal behind a symbolic link is not followed', async () => {
  await writeFile(join(directory, 'elsewhere'), '')
  await symlink(join(directory, 'elsewhere'), file)
  await expect(openOnDisk()).rejects.toMatchObject({ code: 'journal.unusable' })
})

test('a path that cannot hold a journal is refused with the reason', async () => {
  await writeFile(join(directory, 'file'), '')
  await expect(openOnDisk({ directory: join(directory, 'file', 'run') })).rejects.toMatchObject({
    code: 'journal.unusable',
    message: 'the journal cannot be opened: ENOTDIR',
  })
})

test('a run without a journal is refused by name', async () => {
  await mkdir(join(directory, 'empty'))
  await expect(readJournal(join(directory, 'empty'))).rejects.toMatchObject({ code: 'journal.unusable' })
})

test('known secrets do not reach the file, in keys and deep values alike', async () => {
  const redactor = createRedactor()
  redactor.add(new Secret('orders', 'hunter2-hunter2'))
  await using journal = await openOnDisk({ redactor })
  const failure = { code: 'system.refused', message: 'login with hunter2-hunter2 refused' } as const
  await journal.append({ type: 'step.failed', id: 'a', failure })
  await journal.append({
    type: 'step.done',
    id: 'a',
    evidence: 'e',
    facts: { deep: [{ 'hunter2-hunter2': 1 }] },
  })
  const text = await readFile(file, 'utf8')
  expect(text).not.toContain('hunter2')
  expect(text).toContain('login with ‹secret:orders› refused')
})

test('a before-image with a secret in it is refused, since undo would write back the wrong thing', async () => {
  const redactor = createRedactor()
  redactor.add(new Secret('orders', 'hunter2-hunter2'))
  await using journal = await openOnDisk({ redactor })
  const body: EntryBody = {
    type: 'step.intended',
    id: 'a',
    uses: 'b',
    seen: { document: 'pw=hunter2-hunter2' },
  }
  await expect(journal.append(body)).rejects.toMatchObject({ code: 'internal' })
  await journal.append(note('the journal itself still works'))
  expect(await journal.read()).toHaveLength(1)
})
