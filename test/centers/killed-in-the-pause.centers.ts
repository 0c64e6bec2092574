import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { labCenters } from '../../src/lab/center/lab-centers.ts'
import { openLab } from '../../src/lab/open-lab.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { hotPlaybook } from '../bench/hot/hot-playbook.ts'
import { attempt, playbooks, type Attempted } from '../integration/cutover-lab.ts'

type Line = 'nacos2' | 'nacos3'

const nights: readonly { engine: ServerEngine; line: Line; hot: boolean; moment: string }[] = [
  { engine: 'mariadb', line: 'nacos3', hot: true, moment: 'after step.done hold' },
  { engine: 'mysql', line: 'nacos2', hot: true, moment: 'after step.done fence' },
  // The instances start while it is away.
  { engine: 'mysql', line: 'nacos3', hot: false, moment: 'after step.done config-read-only' },
  { engine: 'mariadb', line: 'nacos2', hot: false, moment: 'after step.done fence' },
]

describe('a real Nacos that is killed in the pause and started again', () => {
  it.each(nights)('$line on $engine, live switch $hot, $moment: nothing is lost', async (night) => {
    const run = await cutOver(night)
    // Instances that start while it is away give up after a while; then everything is walked back.
    expect(night.moment.endsWith('config-read-only') ? [0, 7] : [0], run.output).toContain(run.exitCode)
    // Among them: every write exactly once, no refusal but the friendly one, billing and stock untouched.
    expect(run.audit.findings, run.output).toEqual([])
    if (night.hot) expect(run.audit.writes.refused).toBe(0)
  })
})

async function cutOver({ engine, line, hot, moment }: (typeof nights)[number]): Promise<Attempted> {
  const options = { engine, rows: 2000, seed: 7, sharedAccount: false, hot, say: () => undefined }
  await using lab = await openLab({ ...options, signal: AbortSignal.timeout(240_000) }, labCenters[line])
  const { server } = lab.center
  const playbook = join(lab.directory, 'playbook-of-the-night.yaml')
  const shipped = await readFile(join(playbooks, hot ? 'stop-write-hot.yaml' : 'stop-write.yaml'), 'utf8')
  // With account fences, so that the others go on writing, and the shipped time for a notice to reach everybody.
  const live = (): string => hotPlaybook(shipped, 'account').replace('lead: 1s', 'lead: 3s')
  await writeFile(playbook, hot ? live() : shipped)
  let back: Promise<void> | undefined
  const act = async (): Promise<void> => {
    await server.kill()
    back = server.start()
  }
  const run = await attempt(lab, { playbook, at: { moment, act } })
  expect(back, `it was killed; else: ${run.output}`).toBeDefined()
  await back
  return run
}
