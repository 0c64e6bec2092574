import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openFileCenter } from '../../src/config-centers/file/open-file-center.ts'
import { systemClock } from '../../src/core/system-clock.ts'
import { makeCheckout, makeDirectory } from '../unit/config-centers/file-bench.ts'
import { configCenterContract } from './config-center.ts'
import type { OpenedCenter } from './config-center.ts'
import { raceWriters } from './race-writers.ts'

async function openFolder(git: boolean): Promise<OpenedCenter> {
  const root = makeDirectory()
  const directory = join(root, 'config')
  await mkdir(directory)
  if (git) makeCheckout(root)
  const spec = { kind: 'file' as const, directory, git }
  const center = openFileCenter('files', spec, systemClock)
  const other = openFileCenter('files', spec, systemClock)
  return {
    center,
    other,
    async [Symbol.asyncDispose]() {
      await center[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
}

configCenterContract('a folder', () => openFolder(false))
configCenterContract('a git checkout', () => openFolder(true))
raceWriters('a folder', () => openFolder(false), { attempts: 1 })
