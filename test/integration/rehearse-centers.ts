import { describe, expect, it } from 'vitest'
import type { LabCenterName } from '../../src/lab/center/lab-center-names.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { rehearse, well } from './rehearse.ts'

export type CenterRehearsal = readonly [LabCenterName, mode: 'restart' | 'hot']

/** Enough of a load to lose a write of, and little enough that most of the time is the cutover's. */
const load = ['--writes', '40', '--reads', '40']
const rows = 2000

/** The shipped playbooks from the command line, their documents in config centers of other kinds than the embedded. */
export function rehearsalsOnCenters(engine: ServerEngine, rehearsals: readonly CenterRehearsal[]): void {
  describe(`a rehearsal on ${engine}`, () => {
    it.each(rehearsals)(
      'with %s, mode %s, ends well and loses nothing',
      async (configCenter, mode) => {
        const options = ['--config-center', configCenter, '--mode', mode, ...load]
        const result = await rehearse(engine, options, rows)
        expect(result).toMatchObject({ ...well, engine, mode, configCenter })
        const { refused, refusedFriendly } = result.writes
        expect(refusedFriendly).toBe(refused)
        if (mode === 'hot') expect(refused).toBe(0)
        else expect(refused).toBeGreaterThan(0)
      },
      240_000,
    )
  })
}
