import { execa } from 'execa'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { playbooks } from './cutover-lab.ts'

interface RehearsalResult {
  readonly pauseMs: number
  readonly writes: { readonly refused: number; readonly refusedFriendly: number }
}

export const cutover = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/**
 * Playbooks from the command line, small and quick. The ordinary one and live switches are run with other config
 * centers, and in full size by `npm run rehearse`.
 */
export function rehearsals(engine: ServerEngine): void {
  describe(`a rehearsal on ${engine}`, () => {
    it('of a source that others go on writing to ends well, loses nothing, and writes its result', async () => {
      const result = await rehearse(engine, ['--playbook', join(playbooks, 'stop-write-shared.yaml')])
      expect(result).toMatchObject({ ...well, engine, mode: 'restart' })
      expect(result).toMatchObject({ others: { billing: { failed: 0 }, stock: { failed: 0 } } })
      const { refused, refusedFriendly } = result.writes
      expect(refused).toBeGreaterThan(0)
      expect(refusedFriendly).toBe(refused)
      expect(result.pauseMs).toBeLessThan(20_000)
    }, 120_000)
  })
}

/** What a rehearsal in which nothing went wrong has in its result. */
export const well = {
  outcome: 'completed',
  writes: { lost: 0, doubled: 0, unknown: 0 },
  reads: { failed: 0 },
  undone: [],
  auditFindings: [],
  exitCode: 0,
}

/** One rehearsal from the command line that must end well. @param rows default 20,000. */
export async function rehearse(
  engine: ServerEngine,
  options: readonly string[],
  rows = 20_000,
): Promise<RehearsalResult> {
  const directory = await mkdtemp(join(tmpdir(), 'cutover-rehearse-'))
  try {
    const json = join(directory, 'result.json')
    const args = ['--engine', engine, ...options, '--rows', String(rows), '--json', json]
    const run = await execa(process.execPath, [cutover, 'rehearse', ...args], { all: true, reject: false })
    expect({ exitCode: run.exitCode, output: run.all }).toEqual({
      exitCode: 0,
      output: expect.stringMatching(/every acknowledged write exactly once/) as string,
    })
    return JSON.parse(await readFile(json, 'utf8')) as RehearsalResult
  } finally {
    await rm(directory, { recursive: true })
  }
}
