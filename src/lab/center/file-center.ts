import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makeLabCenter, type LabCenter, type OpenCenterOptions } from './lab-center.ts'

/** A folder of documents; the lab removes it with its own directory. */
export async function openFileCenter({ directory }: OpenCenterOptions): Promise<LabCenter<AsyncDisposable>> {
  const folder = join(directory, 'config')
  await mkdir(folder, { mode: 0o700 })
  return makeLabCenter({
    server: { [Symbol.asyncDispose]: () => Promise.resolve() },
    system: { kind: 'file', directory: folder, git: false },
    access: { kind: 'file', directory: folder },
    environment: { CONFIG_DIRECTORY: folder },
  })
}
