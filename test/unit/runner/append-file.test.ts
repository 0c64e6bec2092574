import { execFile } from 'node:child_process'
import { fstatSync, writeSync } from 'node:fs'
import { mkdtemp, open, readFile, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendFileOn, type WriteBytes } from '../../../src/runner/append-file.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cutover-append-'))
  path = join(directory, 'file')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

test('a full disk is said in words, with what to do', async () => {
  await using file = appendFileOn(await open('/dev/full', 'r+'), '/dev/full', 0)
  await expect(file.append('a line')).rejects.toMatchObject({
    code: 'journal.unusable',
    message: 'the journal cannot be written: the disk is full',
    hint: 'Make room for it; the run can then be resumed or undone.',
  })
})

test('a file that may not grow any more is said in words, and nothing of the line stays', async () => {
  const program = `
    import { openAppendFile } from ${JSON.stringify(new URL('../../../dist/runner/append-file.js', import.meta.url).href)}
    const file = await openAppendFile(${JSON.stringify(path)})
    await file.append('x'.repeat(99))
    try { await file.append('y') } catch (error) { console.log(error.code, error.message) }`
  const limited = ['--fsize=100', process.execPath, '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)('prlimit', limited)
  expect(stdout.trim()).toBe(
    'journal.unusable the journal cannot be written: a limit on the size of files is reached',
  )
  expect(await readFile(path, 'utf8')).toBe(`${'x'.repeat(99)}\n`)
})

test('what a full disk left of a line is cut off, and the next line is whole', async () => {
  const handle = await open(path, 'a+')
  await using file = appendFileOn(handle, path, 0, withRoomFor(10))
  await file.append('short')
  await expect(file.append('a line that is too long for the rest')).rejects.toMatchObject({
    code: 'journal.unusable',
  })
  await file.append('abc')
  expect(await readFile(path, 'utf8')).toBe('short\nabc\n')
})

test('a line that waits for the next one is in the file at once, and on disk with it', async () => {
  const { handle, syncs } = await countingSyncs()
  await using file = appendFileOn(handle, path, 0)
  await file.append('one', 'later')
  await file.append('two', 'later')
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n')
  expect(syncs()).toBe(0)
  await file.append('three')
  expect(syncs()).toBe(1)
})

test('a line that waits is on disk soon, also when no other follows', async () => {
  const { handle, syncs } = await countingSyncs()
  await using file = appendFileOn(handle, path, 0)
  await file.append('one', 'later')
  await expect.poll(syncs).toBe(1)
})

test('a file that is closed leaves no line behind that is not on disk', async () => {
  const { handle, syncs } = await countingSyncs()
  const file = appendFileOn(handle, path, 0)
  await file.append('one', 'later')
  await file[Symbol.asyncDispose]()
  expect(syncs()).toBe(1)
})

test('a line that waited and could not be brought to disk ends the journal', async () => {
  const handle = await open(path, 'a+')
  await using file = appendFileOn(failingSync(handle), path, 0)
  await file.append('one', 'later')
  await expect
    .poll(() => file.append('two', 'later').then(String, (error: Error) => error.message))
    .toBe('the journal cannot be written: EIO')
})

async function countingSyncs(): Promise<{ readonly handle: FileHandle; readonly syncs: () => number }> {
  const real = await open(path, 'a+')
  let count = 0
  const handle = new Proxy(real, {
    get(target, key) {
      if (key === 'datasync') count += 1
      return own(target, key)
    },
  })
  return { handle, syncs: () => count }
}

function failingSync(handle: FileHandle): FileHandle {
  return new Proxy(handle, {
    get: (target, key) =>
      key === 'datasync'
        ? () => Promise.reject(Object.assign(new Error('bad disk'), { code: 'EIO' }))
        : own(target, key),
  })
}

test('after a sync that failed nothing is written any more', async () => {
  const handle = await open(path, 'a+')
  await using file = appendFileOn(failingSync(handle), path, 0)
  await expect(file.append('one')).rejects.toMatchObject({ message: 'the journal cannot be written: EIO' })
  await expect(file.append('two')).rejects.toMatchObject({ message: 'the journal cannot be written: EIO' })
  expect(await readFile(path, 'utf8')).toBe('one\n')
})

/** Like a disk with room for so many bytes: it takes the part that fits. */
function withRoomFor(room: number): WriteBytes {
  return (fd, bytes) => writeSync(fd, bytes.subarray(0, Math.max(0, room - fstatSync(fd).size)))
}

function own(handle: FileHandle, key: string | symbol): unknown {
  const value: unknown = Reflect.get(handle, key, handle)
  return typeof value === 'function' ? value.bind(handle) : value
}
