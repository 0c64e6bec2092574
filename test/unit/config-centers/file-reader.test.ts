import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFileChanges } from '../../../src/config-centers/file/file-changes.ts'
import { watchDocument } from '../../../src/config-centers/watch-document.ts'
import type { DocumentSighting } from '../../../src/config-centers/watch-document.ts'
import { createFakeClock } from '../../fakes/fake-clock.ts'
import { git, openFolderBench, ref, within } from './file-bench.ts'
import type { FolderBench } from './file-bench.ts'

let bench: FolderBench
let stop: AbortController
beforeEach(() => {
  bench = openFolderBench(true)
  stop = new AbortController()
})
afterEach(() => {
  stop.abort()
  bench[Symbol.dispose]()
})

const patient = { timeout: 15_000 }

function watch(directory = bench.root): DocumentSighting[] {
  const seen: DocumentSighting[] = []
  void (async () => {
    for await (const one of watchDocument({ kind: 'file', directory, ...ref }, stop.signal)) seen.push(one)
  })()
  return seen
}

const contents = (seen: readonly DocumentSighting[]): readonly unknown[] =>
  seen.map((one) => (one.state === 'current' ? one.content : one.state))

describe('a service that reads a folder', () => {
  it('sees documents that are made, edited, replaced, checked out and removed', async () => {
    const seen = watch()
    await expect.poll(() => contents(seen), patient).toEqual([null])
    await bench.center.put(ref, 'a: 1\n', { expect: 'absent' }, within())
    await expect.poll(() => contents(seen).at(-1), patient).toBe('a: 1\n')
    await bench.edit('a: 2\n')
    await expect.poll(() => contents(seen).at(-1), patient).toBe('a: 2\n')
    writeFileSync(`${bench.path}.swp`, 'a: 3\n')
    renameSync(`${bench.path}.swp`, bench.path)
    await expect.poll(() => contents(seen).at(-1), patient).toBe('a: 3\n')
    git(bench.root, 'checkout', '-q', '--', '.')
    await expect.poll(() => contents(seen).at(-1), patient).toBe('a: 1\n')
    rmSync(bench.path)
    await expect
      .poll(() => contents(seen), patient)
      .toEqual([null, 'a: 1\n', 'a: 2\n', 'a: 3\n', 'a: 1\n', null])
  })

  it('sees the new version of a mounted Kubernetes volume', async () => {
    for (const version of ['1', '2']) {
      mkdirSync(join(bench.root, `..${version}`, ref.group), { recursive: true })
      writeFileSync(join(bench.root, `..${version}`, ref.group, ref.dataId), `a: ${version}\n`)
    }
    symlinkSync('..1', join(bench.root, '..data'))
    symlinkSync(join('..data', ref.group), join(bench.root, ref.group))
    const seen = watch()
    await expect.poll(() => contents(seen), patient).toEqual(['a: 1\n'])
    symlinkSync('..2', join(bench.root, '..data_tmp'))
    renameSync(join(bench.root, '..data_tmp'), join(bench.root, '..data'))
    await expect.poll(() => contents(seen), patient).toEqual(['a: 1\n', 'a: 2\n'])
  })

  it('keeps what it read while the folder is away, and never takes that for a removal', async () => {
    await bench.center.put(ref, 'a: 1\n', { expect: 'absent' }, within())
    const seen = watch()
    await expect.poll(() => contents(seen), patient).toEqual(['a: 1\n'])
    renameSync(bench.root, `${bench.root}-away`)
    await expect.poll(() => contents(seen), patient).toEqual(['a: 1\n', 'stale'])
    expect(seen.at(-1)).toMatchObject({ last: { content: 'a: 1\n' } })
    renameSync(`${bench.root}-away`, bench.root)
    await expect.poll(() => contents(seen), patient).toEqual(['a: 1\n', 'stale', 'a: 1\n'])
  })
})

describe('the wait for a change', () => {
  const missing = '/nonexistent/folder'

  it('ends when two looks agree, so that a half-written document is not read', async () => {
    const clock = createFakeClock()
    const looks = ['old', 'half', 'more', 'whole', 'whole']
    const changes = openFileChanges(missing, ref, () => Promise.resolve(looks.shift() ?? 'too often'), clock)
    expect(await clock.drive(changes.wait('old', within()))).toBe(true)
    expect(looks).toEqual([])
  })

  it('looks every second where nothing tells of changes', async () => {
    const clock = createFakeClock()
    let seen = 'old'
    const changes = openFileChanges(missing, ref, () => Promise.resolve(seen), clock)
    const waiting = changes.wait('old', within())
    await clock.advance(10_000)
    seen = 'new'
    await clock.advance(1000)
    await clock.advance(50)
    expect(await waiting).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('ends at once when its signal fires', async () => {
    const clock = createFakeClock()
    const changes = openFileChanges(bench.root, ref, () => Promise.resolve('old'), clock)
    const waiting = changes.wait('old', stop.signal)
    await clock.advance(10)
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
    expect(clock.pending).toBe(0)
  })
})
