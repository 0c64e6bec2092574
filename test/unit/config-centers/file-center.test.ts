import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { swapFile } from '../../../src/config-centers/file/swap-file.ts'
import { findPlace } from '../../../src/config-centers/file/document-place.ts'
import { readDocumentFile } from '../../../src/config-centers/file/read-document-file.ts'
import { openFileCenter } from '../../../src/config-centers/file/open-file-center.ts'
import { systemClock } from '../../../src/core/system-clock.ts'
import { openSmallDisk } from '../../faults/small-disk.ts'
import { makeDirectory, openFolderBench, ref, within } from './file-bench.ts'
import type { FolderBench } from './file-bench.ts'

const isRoot = process.getuid?.() === 0
let bench: FolderBench
beforeEach(() => {
  bench = openFolderBench(false)
})
afterEach(() => bench[Symbol.dispose]())

/** Everything in the documents' folders, without the kit's own. */
function namesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('.cutover-history'))
    .sort()
}

describe('names of documents', () => {
  const bad = ['..', '.', '', '.git', '../x', 'a/b', 'a\\b', 'a\0b', '/etc', 'x'.repeat(129), 'a b', 'ü']
  it.each(bad.map((name) => [name]))('%j is refused, for a document and for a group', async (name) => {
    for (const odd of [
      { ...ref, dataId: name },
      { ...ref, group: name },
    ]) {
      const refused = { code: 'system.refused' }
      await expect(bench.center.get(odd, within())).rejects.toMatchObject(refused)
      await expect(bench.center.put(odd, 'a: 1', { expect: 'any' }, within())).rejects.toMatchObject(refused)
      await expect(bench.center.remove(odd, { expect: 'any' }, within())).rejects.toMatchObject(refused)
      const watching = bench.center.watch(odd, within())[Symbol.asyncIterator]()
      await expect(watching.next()).rejects.toMatchObject(refused)
    }
    expect(readdirSync(bench.root)).toEqual([])
  })
})

describe('links', () => {
  it('are followed to a document inside the folder, which changes while the link stays', async () => {
    await bench.edit('a: 1\n')
    mkdirSync(join(bench.root, 'OTHER'))
    const alias = join(bench.root, 'OTHER', 'alias.yaml')
    symlinkSync(bench.path, alias)
    const other = { group: 'OTHER', dataId: 'alias.yaml' }
    await bench.center.put(other, 'a: 2\n', { expect: 'any' }, within())
    expect(lstatSync(alias).isSymbolicLink()).toBe(true)
    expect(readFileSync(bench.path, 'utf8')).toBe('a: 2\n')
  })

  it('that lead out of the folder are neither read nor written through', async () => {
    const outside = makeDirectory()
    try {
      writeFileSync(join(outside, 'orders.yaml'), 'secret: 1\n')
      mkdirSync(join(bench.root, ref.group))
      symlinkSync(join(outside, 'orders.yaml'), bench.path)
      symlinkSync(outside, join(bench.root, 'LINKED'))
      for (const one of [ref, { ...ref, group: 'LINKED' }]) {
        await expect(bench.center.get(one, within())).rejects.toMatchObject({ code: 'system.refused' })
        await expect(bench.center.put(one, 'a: 1', { expect: 'any' }, within())).rejects.toMatchObject({
          code: 'system.refused',
        })
      }
      expect(readdirSync(outside)).toEqual(['orders.yaml'])
      expect(readFileSync(join(outside, 'orders.yaml'), 'utf8')).toBe('secret: 1\n')
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  it('of a mounted Kubernetes volume are read, and what they lead to is not changed', async () => {
    mkdirSync(join(bench.root, '..2026_11_22', ref.group), { recursive: true })
    writeFileSync(join(bench.root, '..2026_11_22', ref.group, ref.dataId), 'a: 1\n')
    symlinkSync('..2026_11_22', join(bench.root, '..data'))
    symlinkSync(join('..data', ref.group), join(bench.root, ref.group))
    expect((await bench.center.get(ref, within()))?.content).toBe('a: 1\n')
    await expect(bench.center.put(ref, 'a: 2', { expect: 'any' }, within())).rejects.toMatchObject({
      code: 'system.refused',
    })
    expect((await bench.center.get(ref, within()))?.content).toBe('a: 1\n')
  })
})

describe('the file of a document', () => {
  it('is for its owner alone when it is new, and so is the kit’s own folder', async () => {
    await bench.center.put(ref, 'password: x', { expect: 'absent' }, within())
    expect(statSync(bench.path).mode & 0o777).toBe(0o600)
    const own = join(bench.root, '.cutover-history')
    expect(statSync(own).mode & 0o777).toBe(0o700)
    const entry = join(own, ref.group, ref.dataId, '000000001.json')
    expect(statSync(entry).mode & 0o777).toBe(0o600)
  })

  it('keeps its mode and owner', async () => {
    await bench.edit('a: 1')
    chmodSync(bench.path, 0o640)
    if (isRoot) chownSync(bench.path, 1234, 4321)
    const before = statSync(bench.path)
    await bench.center.put(ref, 'a: 2', { expect: 'any' }, within())
    const { mode, uid, gid } = statSync(bench.path)
    expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid })
  })

  it('belongs to the owner of the folder when it is new', async () => {
    const owner = isRoot ? 1234 : process.getuid?.()
    if (isRoot) chownSync(bench.root, 1234, 4321)
    await bench.center.put(ref, 'a: 1', { expect: 'absent' }, within())
    expect(statSync(bench.path).uid).toBe(owner)
    expect(statSync(join(bench.root, '.cutover-history', ref.group)).uid).toBe(owner)
  })

  it('that is not UTF-8 is refused and never overwritten', async () => {
    await bench.edit('')
    writeFileSync(bench.path, Buffer.from([0x61, 0xff, 0x62]))
    await expect(bench.center.put(ref, 'a: 1', { expect: 'any' }, within())).rejects.toMatchObject({
      code: 'system.refused',
    })
    expect(readFileSync(bench.path)).toEqual(Buffer.from([0x61, 0xff, 0x62]))
  })

  it('that is a pipe or a folder is refused at once', async () => {
    mkdirSync(join(bench.root, ref.group))
    execFileSync('mkfifo', [bench.path])
    await expect(bench.center.get(ref, within())).rejects.toMatchObject({ code: 'system.refused' })
    rmSync(bench.path)
    mkdirSync(bench.path)
    await expect(bench.center.get(ref, within())).rejects.toMatchObject({ code: 'system.refused' })
  })
})

describe('somebody who asks nobody, while a document is being written', () => {
  async function swapWhile(before: string | undefined, meanwhile: () => void): Promise<unknown> {
    if (before !== undefined) await bench.edit(before)
    const place = await findPlace('files', bench.root, ref)
    const seen = await readDocumentFile(place, 'orders.yaml in files')
    if (seen) meanwhile()
    const swapping = swapFile(
      { place, before: seen, content: 'a: ours' },
      'orders.yaml in files',
      async () => {
        if (!seen) meanwhile()
      },
    )
    return swapping.catch((error: unknown) => error)
  }

  it('and edits it in place is not overwritten', async () => {
    const end = await swapWhile('a: 1', () => writeFileSync(bench.path, 'a: theirs'))
    expect(end).toMatchObject({ code: 'conflict' })
    expect(readFileSync(bench.path, 'utf8')).toBe('a: theirs')
    expect(namesIn(bench.root)).toEqual([ref.group, join(ref.group, ref.dataId)])
  })

  it('and puts another file there is not overwritten', async () => {
    const end = await swapWhile('a: 1', () => {
      writeFileSync(`${bench.path}~`, 'a: 9')
      renameSync(`${bench.path}~`, bench.path)
    })
    expect(end).toMatchObject({ code: 'conflict' })
    expect(readFileSync(bench.path, 'utf8')).toBe('a: 9')
  })

  it('and removes it does not see it come back', async () => {
    const end = await swapWhile('a: 1', () => rmSync(bench.path))
    expect(end).toMatchObject({ code: 'conflict' })
    expect(namesIn(bench.root)).toEqual([ref.group])
  })

  it('and makes it in the last moment is not overwritten', async () => {
    const end = await swapWhile(undefined, () => writeFileSync(bench.path, 'a: theirs'))
    expect(end).toMatchObject({ code: 'conflict' })
    expect(readFileSync(bench.path, 'utf8')).toBe('a: theirs')
    expect(namesIn(bench.root)).toEqual([ref.group, join(ref.group, ref.dataId)])
  })
})

describe('the history of a folder', () => {
  it('shows what others did as theirs, and keeps the text that a run replaced', async () => {
    await bench.edit('a: by hand')
    expect(await bench.center.history(ref, within())).toMatchObject([
      { id: 'now', by: 'somebody else', operation: 'insert', keeps: 'after' },
    ])
    expect((await bench.center.version(ref, 'now', within()))?.content).toBe('a: by hand')
    await bench.center.put(ref, 'a: by the run', { expect: 'any' }, within())
    await bench.edit('a: by hand again')
    const history = await bench.center.history(ref, within())
    expect(history.map(({ operation }) => operation)).toEqual(['update', 'update', 'insert'])
    expect(history.map(({ by }) => by === 'somebody else')).toEqual([true, false, true])
    const texts = await Promise.all(history.map(({ id }) => bench.center.version(ref, id, within())))
    expect(texts.map((one) => one?.content)).toEqual(['a: by hand again', 'a: by the run', 'a: by hand'])
  })

  it('shows a removal by others, and what was removed', async () => {
    await bench.center.put(ref, 'a: 1', { expect: 'absent' }, within())
    rmSync(bench.path)
    const [newest] = await bench.center.history(ref, within())
    expect(newest).toMatchObject({ by: 'somebody else', operation: 'delete', keeps: 'before' })
    expect((await bench.center.version(ref, newest?.id ?? '', within()))?.content).toBe('a: 1')
  })

  it('keeps the latest hundred changes', async () => {
    await bench.center.put(ref, 'a: 1', { expect: 'absent' }, within())
    const folder = join(bench.root, '.cutover-history', ref.group, ref.dataId)
    const text = readFileSync(join(folder, '000000001.json'), 'utf8')
    for (let n = 2; n <= 120; n += 1) writeFileSync(join(folder, `${String(n).padStart(9, '0')}.json`), text)
    await bench.center.put(ref, 'a: 2', { expect: 'any' }, within())
    const history = await bench.center.history(ref, within())
    expect(history).toHaveLength(100)
    expect(history[0]?.id).toBe('000000121')
    expect(readdirSync(folder)).toHaveLength(100)
  })

  it('leaves out an entry that somebody damaged, and never writes over one', async () => {
    await bench.center.put(ref, 'a: 1', { expect: 'absent' }, within())
    const folder = join(bench.root, '.cutover-history', ref.group, ref.dataId)
    writeFileSync(join(folder, '000000002.json'), '{"at": 1')
    await bench.center.put(ref, 'a: 2', { expect: 'any' }, within())
    expect((await bench.center.history(ref, within())).map(({ id }) => id)).toEqual([
      '000000003',
      '000000001',
    ])
    expect(readFileSync(join(folder, '000000002.json'), 'utf8')).toBe('{"at": 1')
  })

  it('gives nothing for an entry that is a path', async () => {
    await bench.center.put(ref, 'a: 1', { expect: 'absent' }, within())
    expect(await bench.center.version(ref, '../../../etc/passwd', within())).toBeNull()
  })
})

describe('a folder that cannot be used', () => {
  const open = (directory: string) =>
    openFileCenter('files', { kind: 'file', directory, git: false }, systemClock)

  async function refusals(directory: string): Promise<readonly string[]> {
    const center = open(directory)
    const codes: string[] = []
    for (const work of [
      () => center.get(ref, within()),
      () => center.put(ref, 'a: 1', { expect: 'any' }, within()),
    ]) {
      codes.push(
        await work().then(
          () => 'done',
          (error: { code: string }) => error.code,
        ),
      )
    }
    const [health] = await center.health(within())
    return [...codes, health?.healthy === true ? 'healthy' : 'ill']
  }

  it('because it is missing: nothing is made, and it is ill', async () => {
    const missing = join(bench.root, 'missing')
    expect(await refusals(missing)).toEqual(['system.unreachable', 'system.unreachable', 'ill'])
    expect(existsSync(missing)).toBe(false)
  })

  it('because it is a file', async () => {
    writeFileSync(join(bench.root, 'plain'), '')
    expect(await refusals(join(bench.root, 'plain'))).toEqual(['system.refused', 'system.refused', 'ill'])
  })

  it('because a file stands where the group should be', async () => {
    writeFileSync(join(bench.root, ref.group), 'not a folder')
    expect(await refusals(bench.root)).toEqual(['system.refused', 'system.refused', 'healthy'])
    expect(readFileSync(join(bench.root, ref.group), 'utf8')).toBe('not a folder')
  })

  it('because this user may only read it: documents are read, and nothing is written', async () => {
    await bench.edit('a: 1')
    chmodSync(bench.path, 0o644)
    chmodSync(join(bench.root, ref.group), 0o555)
    chmodSync(bench.root, 0o555)
    if (isRoot) process.seteuid?.(65_534)
    try {
      expect((await refusals(bench.root)).slice(0, 2)).toEqual(['done', 'system.forbidden'])
    } finally {
      if (isRoot) process.seteuid?.(0)
      chmodSync(bench.root, 0o755)
      chmodSync(join(bench.root, ref.group), 0o755)
    }
    expect(readdirSync(bench.root)).toEqual([ref.group])
  })

  it('because its file system can only be read: documents are read, nothing is written, and it is ill', async () => {
    await using disk = await openSmallDisk(join(bench.root, 'small'))
    if (disk.directory === undefined) return
    await open(disk.directory).put(ref, 'a: 1', { expect: 'absent' }, within())
    execFileSync('mount', ['-o', 'remount,ro', disk.directory])
    expect(await refusals(disk.directory)).toEqual(['done', 'system.refused', 'ill'])
  })

  it('because the disk is full: the document is as it was, and can be changed when there is room', async () => {
    await using disk = await openSmallDisk(join(bench.root, 'small'))
    if (disk.directory === undefined) return
    const center = open(disk.directory)
    await center.put(ref, 'a: 1', { expect: 'absent' }, within())
    const before = namesIn(disk.directory)
    await disk.fill()
    await expect(center.put(ref, 'a: 2', { expect: 'any' }, within())).rejects.toMatchObject({
      code: 'system.refused',
      message: expect.stringContaining('the disk is full') as string,
    })
    expect((await center.get(ref, within()))?.content).toBe('a: 1')
    await disk.free()
    expect(namesIn(disk.directory)).toEqual(before)
    expect((await center.put(ref, 'a: 2', { expect: 'any' }, within())).content).toBe('a: 2')
  })
})
