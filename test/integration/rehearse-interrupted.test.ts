import { execa } from 'execa'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cutover } from './rehearse.ts'

/** Processes whose command line or environment mentions the directory. */
function processesOf(directory: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => ['cmdline', 'environ'].some((file) => read(`/proc/${pid}/${file}`).includes(directory)))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // gone meanwhile, or another user's
  }
}

it.each(['starting two', 'starting the services', 'prepare'])(
  'a rehearsal that gets Ctrl-C after "%s" leaves no process and no file behind',
  async (moment) => {
    const directory = await mkdtemp(join(tmpdir(), 'cutover-interrupt-'))
    try {
      const child = execa(process.execPath, [cutover, 'rehearse', '--rows', '2000'], {
        env: { TMPDIR: directory },
        reject: false,
        all: true,
      })
      let seen = ''
      child.all.on('data', (chunk: Buffer) => {
        const before = seen.includes(moment)
        seen += chunk.toString()
        if (!before && seen.includes(moment)) child.kill('SIGINT')
      })
      const { exitCode } = await child
      expect({ exitCode, seen }).not.toEqual({ exitCode: 0, seen: expect.anything() as string })
      await expect.poll(() => processesOf(directory), { timeout: 10_000 }).toEqual([])
      const left = (await readdir(directory)).filter((name) => !name.startsWith('cutover-kit-cache'))
      expect(left).toEqual([])
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
  90_000,
)
