import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { appendFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A file system of half a megabyte that can be full. */
export interface SmallDisk extends AsyncDisposable {
  /** Undefined: this user may not mount one, or `FAULTS_NO_MOUNT` says not to. */
  readonly directory: string | undefined
  fill(): Promise<void>
  free(): Promise<void>
}

export async function openSmallDisk(directory: string): Promise<SmallDisk> {
  await mkdir(directory, { recursive: true })
  const mayMount = process.env['FAULTS_NO_MOUNT'] === undefined
  const mounted =
    mayMount &&
    (await run('mount', ['-t', 'tmpfs', '-o', 'size=512k,mode=0700', 'cutover-test', directory]).then(
      () => true,
      () => false,
    ))
  const guard = mounted ? unmountAfterDeath(directory) : undefined
  const filler = join(directory, 'filler')
  return {
    directory: mounted ? directory : undefined,
    async fill() {
      const block = Buffer.alloc(4096, 'x')
      for (;;) {
        try {
          await appendFile(filler, block)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return
          throw error
        }
      }
    },
    free: () => rm(filler, { force: true }),
    async [Symbol.asyncDispose]() {
      if (!mounted) return
      await run('umount', [directory])
      guard?.kill()
    },
  }
}

/** A test that is ended from outside must not leave a disk mounted, and runs no handler then. */
function unmountAfterDeath(directory: string): ChildProcess {
  const script = `while kill -0 ${process.pid} 2>&-; do sleep 1; done; umount -l "$1"`
  const guard = spawn('sh', ['-c', script, 'sh', directory], { detached: true, stdio: 'ignore' })
  guard.unref()
  return guard
}
