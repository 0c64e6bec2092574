import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

// What a process leaves that died before its first entry was on disk.
it.each([
  ['an empty journal', ''],
  ['the beginning of its first line', '{"seq":1,"at":"2026-'],
])('a run that left %s is neither begun by resume nor walked back by undo', async (_what, journal) => {
  const runs = await mkdtemp(join(tmpdir(), 'take-up-'))
  try {
    await mkdir(join(runs, 'died'))
    await writeFile(join(runs, 'died', 'journal.jsonl'), journal)
    for (const command of ['resume', 'undo']) {
      const args = [main, command, join(runs, 'died'), '--runs', runs, '--confirm', 'x', '--agree-all']
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr: expect.stringMatching(/no run|never began/) as string,
      })
    }
  } finally {
    await rm(runs, { recursive: true })
  }
})
