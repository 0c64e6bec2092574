import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { notePending } from '../../../src/config-centers/file/pending-change.ts'
import { etagOf } from '../../../src/config-centers/file/read-document-file.ts'
import { git, makeDirectory, openFolderBench, ref, within } from './file-bench.ts'
import type { FolderBench } from './file-bench.ts'
import { openFileCenter } from '../../../src/config-centers/file/open-file-center.ts'
import { systemClock } from '../../../src/core/system-clock.ts'

let bench: FolderBench
beforeEach(() => {
  bench = openFolderBench(true)
})
afterEach(() => bench[Symbol.dispose]())

const name = join(ref.group, ref.dataId)
const put = (content: string): Promise<unknown> => bench.center.put(ref, content, { expect: 'any' }, within())
const status = (): string => git(bench.root, 'status', '--porcelain', '-uall')
const commits = (): number => Number(git(bench.root, 'rev-list', '--count', 'HEAD'))

async function byPerson(content: string): Promise<void> {
  await bench.edit(content)
  git(bench.root, 'add', '--', name)
  git(bench.root, 'commit', '-q', '-m', 'by hand')
}

describe('a change of a document in a checkout', () => {
  it('is one commit that names the document and holds nothing of it in its message', async () => {
    await put('password: first\n')
    await put('password: second\n')
    await bench.center.remove(ref, { expect: 'any' }, within())
    expect(
      git(bench.root, 'log', '--reverse', '--format=%an: %B', '--name-status').split('\n').filter(Boolean),
    ).toEqual([
      'A Person: begin',
      `cutover-kit: cutover-kit: add ${name}`,
      `A\t${name}`,
      `cutover-kit: cutover-kit: change ${name}`,
      `M\t${name}`,
      `cutover-kit: cutover-kit: remove ${name}`,
      `D\t${name}`,
    ])
    expect(git(bench.root, 'log', '-1', '--format=%cn')).toBe('A Person\n')
    expect(status()).toBe('')
  })

  it('leaves what others staged, changed and made as it is', async () => {
    for (const file of ['staged', 'changed']) writeFileSync(join(bench.root, file), 'as committed\n')
    git(bench.root, 'add', '.')
    git(bench.root, 'commit', '-q', '-m', 'files')
    for (const file of ['staged', 'changed', 'new']) writeFileSync(join(bench.root, file), 'theirs\n')
    git(bench.root, 'add', 'staged')
    const before = status()
    await put('a: 1\n')
    await put('a: 2\n')
    expect(status()).toBe(before)
    expect(git(bench.root, 'diff', '--cached', '--name-only')).toBe('staged\n')
    expect(git(bench.root, 'diff', '--name-only', 'HEAD~2', 'HEAD')).toBe(`${name}\n`)
  })

  it('is committed without an identity too', async () => {
    git(bench.root, 'config', 'user.email', '')
    git(bench.root, 'config', '--unset', 'user.email')
    await put('a: 1\n')
    expect(status()).toBe('')
  })

  it.each([
    ['edited', () => bench.edit('a: theirs\n'), 'a: theirs\n'],
    [
      'staged',
      async () => {
        await bench.edit('a: theirs\n')
        git(bench.root, 'add', '--', name)
      },
      'a: theirs\n',
    ],
    ['removed', async () => rmSync(bench.path), undefined],
  ])('is refused while somebody has %s it and not committed that', async (_how, change, left) => {
    await byPerson('a: 1\n')
    await change()
    const before = status()
    await expect(put('a: ours\n')).rejects.toMatchObject({ code: 'conflict' })
    expect(existsSync(bench.path) ? readFileSync(bench.path, 'utf8') : undefined).toBe(left)
    expect(status()).toBe(before)
    expect(await bench.center.history(ref, within())).toMatchObject([{ id: 'now' }, { by: 'A Person' }])
  })

  it('is refused for a document that nobody has ever committed', async () => {
    await bench.edit('a: theirs\n')
    await expect(put('a: ours\n')).rejects.toMatchObject({ code: 'conflict' })
    expect(readFileSync(bench.path, 'utf8')).toBe('a: theirs\n')
  })

  it('is refused for a document that git ignores', async () => {
    writeFileSync(join(bench.root, '.gitignore'), `${ref.group}/\n`)
    await expect(put('a: ours\n')).rejects.toMatchObject({ code: 'system.refused' })
    expect(existsSync(bench.path)).toBe(false)
  })

  it('is refused in the middle of a merge, and where a commit would be on no branch', async () => {
    await byPerson('a: 1\n')
    writeFileSync(join(bench.root, '.git', 'MERGE_HEAD'), git(bench.root, 'rev-parse', 'HEAD'))
    await expect(put('a: 2\n')).rejects.toMatchObject({ code: 'system.refused' })
    rmSync(join(bench.root, '.git', 'MERGE_HEAD'))
    git(bench.root, 'checkout', '-q', '--detach')
    await expect(put('a: 2\n')).rejects.toMatchObject({ code: 'system.refused' })
    expect(status()).toBe('')
  })

  it('is refused in a folder that is no checkout, where nothing is made', async () => {
    const directory = makeDirectory()
    try {
      const center = openFileCenter('files', { kind: 'file', directory, git: true }, systemClock)
      await expect(center.put(ref, 'a: 1', { expect: 'any' }, within())).rejects.toMatchObject({
        code: 'system.refused',
      })
      expect((await center.health(within()))[0]).toMatchObject({ healthy: false })
      expect(existsSync(join(directory, '.cutover-history'))).toBe(false)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

describe('a hook', () => {
  const hook = (lines: string): void => {
    mkdirSync(join(bench.root, '.git', 'hooks'), { recursive: true })
    writeFileSync(join(bench.root, '.git', 'hooks', 'pre-commit'), `#!/bin/sh\n${lines}\n`)
    chmodSync(join(bench.root, '.git', 'hooks', 'pre-commit'), 0o755)
  }

  it('runs, and knows nothing of the secrets of the run', async () => {
    process.env['CUTOVER_TEST_SECRET'] = 'x'
    hook('env > "$(git rev-parse --git-dir)/seen"')
    await put('a: 1\n')
    delete process.env['CUTOVER_TEST_SECRET']
    expect(readFileSync(join(bench.root, '.git', 'seen'), 'utf8')).not.toContain('CUTOVER_TEST_SECRET')
  })

  it('that refuses brings the very file back that was there, or none', async () => {
    await byPerson('a: 1\n')
    const { ino } = statSync(bench.path)
    hook('exit 1')
    const other = { ...ref, dataId: 'new.yaml' }
    await expect(put('a: 2\n')).rejects.toMatchObject({ code: 'system.refused' })
    await expect(bench.center.remove(ref, { expect: 'any' }, within())).rejects.toMatchObject({
      code: 'system.refused',
    })
    await expect(bench.center.put(other, 'a: 1', { expect: 'absent' }, within())).rejects.toMatchObject({
      code: 'system.refused',
    })
    expect(readFileSync(bench.path, 'utf8')).toBe('a: 1\n')
    expect(statSync(bench.path).ino).toBe(ino)
    expect(existsSync(join(bench.root, ref.group, 'new.yaml'))).toBe(false)
    expect(status()).toBe('')
    rmSync(join(bench.root, '.git', 'hooks', 'pre-commit'))
    await put('a: 2\n')
    expect(commits()).toBe(3)
  })

  it('that changes the document makes the change a conflict', async () => {
    await byPerson('a: 1\n')
    hook(`echo '# checked' >> ${name}; git add -- ${name}`)
    await expect(put('a: 2\n')).rejects.toMatchObject({ code: 'conflict' })
    expect(readFileSync(bench.path, 'utf8')).toBe('a: 2\n# checked\n')
  })
})

describe('git that does not go along', () => {
  it('because it cannot sign: the document is as it was', async () => {
    await byPerson('a: 1\n')
    git(bench.root, 'config', 'commit.gpgsign', 'true')
    git(bench.root, 'config', 'gpg.program', 'false')
    await expect(put('a: 2\n')).rejects.toMatchObject({ code: 'system.refused' })
    expect(readFileSync(bench.path, 'utf8')).toBe('a: 1\n')
    expect(status()).toBe('')
  })

  it('because another git holds the index: the document is as it was, and changes when that one is done', async () => {
    await byPerson('a: 1\n')
    const lock = join(bench.root, '.git', 'index.lock')
    writeFileSync(lock, '')
    await expect(put('a: 2\n')).rejects.toMatchObject({ code: 'system.refused' })
    expect(readFileSync(bench.path, 'utf8')).toBe('a: 1\n')
    expect(existsSync(lock)).toBe(true)
    rmSync(lock)
    await put('a: 2\n')
    expect(status()).toBe('')
  })
})

describe('a process that died', () => {
  const note = (before: string | null, after: string): Promise<void> =>
    notePending(join(bench.root, '.cutover-history', '.pending.json'), {
      path: name,
      message: 'cutover-kit: change what the dead one wrote',
      before: before === null ? null : etagOf(before),
      after: etagOf(after),
    })

  it.each([['a: 1\n'], [null]])(
    'after its write (on %j) has it committed by the next one',
    async (before) => {
      await put('a: 1\n')
      if (before === null) await bench.center.remove(ref, { expect: 'any' }, within())
      await note(before, 'a: 2\n')
      await bench.edit('a: 2\n')
      await bench.center.put(ref, 'a: 3\n', { expect: { etag: etagOf('a: 2\n') } }, within())
      expect(status()).toBe('')
      const history = await bench.center.history(ref, within())
      const texts = await Promise.all(
        history.slice(0, 2).map(({ id }) => bench.center.version(ref, id, within())),
      )
      expect(texts.map((one) => one?.content)).toEqual(['a: 3\n', 'a: 2\n'])
    },
  )

  it('before its write is forgotten', async () => {
    await put('a: 1\n')
    await note('a: 1\n', 'a: 2\n')
    await put('a: 3\n')
    expect(commits()).toBe(3)
    expect(existsSync(join(bench.root, '.cutover-history', '.pending.json'))).toBe(false)
  })

  it('does not make a change of somebody else its own', async () => {
    await put('a: 1\n')
    await note('a: 1\n', 'a: 2\n')
    await bench.edit('a: theirs\n')
    await expect(put('a: 3\n')).rejects.toMatchObject({ code: 'conflict' })
    expect(commits()).toBe(2)
    expect(readFileSync(bench.path, 'utf8')).toBe('a: theirs\n')
  })
})

it('the history of a checkout is its log, by people and runs alike, with the line ends of the checkout', async () => {
  git(bench.root, 'config', 'core.autocrlf', 'true')
  await byPerson('a: 1\r\nb: 1\r\n')
  await put('a: 2\r\nb: 1\r\n')
  const history = await bench.center.history(ref, within())
  expect(history.map(({ by, operation }) => [by, operation])).toEqual([
    ['cutover-kit', 'update'],
    ['A Person', 'insert'],
  ])
  expect((await bench.center.version(ref, history[1]?.id ?? '', within()))?.content).toBe('a: 1\r\nb: 1\r\n')
  expect(status()).toBe('')
})
