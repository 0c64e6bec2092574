import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFileCenter } from '../../../src/config-centers/file/open-file-center.ts'
import type { ConfigCenter } from '../../../src/core/ports/config-center.ts'
import { systemClock } from '../../../src/core/system-clock.ts'

/** Where fsync costs nothing, so that many documents can be written; what it does cannot be seen from outside anyway. */
const quick = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export function makeDirectory(): string {
  return mkdtempSync(join(quick, 'cutover-files-'))
}

export const ref = { group: 'DEFAULT_GROUP', dataId: 'orders.yaml' }
export const within = (ms = 20_000): AbortSignal => AbortSignal.timeout(ms)

/** Runs git like a person at this directory. */
export function git(directory: string, ...args: readonly string[]): string {
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' }
  return execFileSync('git', args, {
    cwd: directory,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** A checkout whose owner is known to git, with one commit. */
export function makeCheckout(directory: string): void {
  git(directory, 'init', '-q', '-b', 'main')
  git(directory, 'config', 'user.name', 'A Person')
  git(directory, 'config', 'user.email', 'person@example.com')
  git(directory, 'config', 'commit.gpgsign', 'false')
  git(directory, 'commit', '-q', '--allow-empty', '-m', 'begin')
}

export interface FolderBench extends Disposable {
  /** Holds only the center's folder. */
  readonly root: string
  readonly directory: string
  /** Where the document is. */
  readonly path: string
  readonly center: ConfigCenter
  open(): ConfigCenter
  /** Writes the document like somebody who asks nobody. */
  edit(content: string): Promise<void>
}

/** A folder of documents with nothing in it. */
export function openFolderBench(withGit: boolean): FolderBench {
  const root = makeDirectory()
  if (withGit) makeCheckout(root)
  const path = join(root, ref.group, ref.dataId)
  const open = (): ConfigCenter =>
    openFileCenter('files', { kind: 'file', directory: root, git: withGit }, systemClock)
  return {
    root,
    directory: root,
    path,
    center: open(),
    open,
    async edit(content) {
      await mkdir(join(root, ref.group), { recursive: true })
      await writeFile(path, content)
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}
