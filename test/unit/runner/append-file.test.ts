import { execFile } from 'node:child_process'
import { mkdtemp, open, readFile, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendFileOn } from '../../../src/runner/append-file.ts'

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
  await using file = appendFileOn(withRoomFor(handle, 10), path, 0)
  await file.append('short')
  await expect(file.append('a line that is too long for the rest')).rejects.toMatchObject({
    code: 'journal.unusable',
  })
  await file.append('abc')
  expect(await readFile(path, 'utf8')).toBe('short\nabc\n')
})

test('after a sync that failed nothing is written any more', async () => {
  const handle = await open(path, 'a+')
  const broken = new Proxy(handle, {
    get: (target, key) =>
      key === 'datasync'
        ? () => Promise.reject(Object.assign(new Error('bad disk'), { code: 'EIO' }))
        : own(target, key),
  })
  await using file = appendFileOn(broken, path, 0)
  await expect(file.append('one')).rejects.toMatchObject({ message: 'the journal cannot be written: EIO' })
  await expect(file.append('two')).rejects.toMatchObject({ message: 'the journal cannot be written: EIO' })
  expect(await readFile(path, 'utf8')).toBe('one\n')
})

/** A real file on a disk with room for so many bytes: like a disk, it takes the part that fits. */
function withRoomFor(handle: FileHandle, room: number): FileHandle {
  return new Proxy(handle, {
    get(target, key) {
      if (key !== 'write') return own(target, key)
      return async (line: Buffer) => {
        const free = room - (await target.stat()).size
        return target.write(line.subarray(0, Math.max(0, free)))
      }
    },
  })
}

function own(handle: FileHandle, key: string | symbol): unknown {
  const value: unknown = Reflect.get(handle, key, handle)
  return typeof value === 'function' ? value.bind(handle) : value
}
