import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readPlanFile, writePlanFile } from '../../../src/cli/runs/plan-file.ts'
import { planPlaybook } from '../../../src/runner/plan-playbook.ts'
import { playbookOf, step } from '../runner/small-world.ts'
import { setStage } from '../runner/start.ts'

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cutover-plan-'))
  file = join(directory, 'plan.json')
  const stage = setStage()
  await writePlanFile(file, await planPlaybook(stage.options(playbookOf({ prepare: [step('grant')] }))))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

test('a plan comes back as it was written', async () => {
  expect(await readPlanFile(file)).toMatchObject({ name: 'small', lines: [{ id: 'grant' }], ok: true })
})

test.each([
  ['whose lines say something else than was approved', 'new grant', 'newer grant'],
  ['whose digest was replaced', /"digest": "[0-9a-f]{4}/, '"digest": "0000'],
  ['that lacks a part', '"systems"', '"sistems"'],
])('a plan %s is not used', async (_what, from, to) => {
  const text = await readFile(file, 'utf8')
  const changed = text.replace(from, to)
  expect(changed).not.toBe(text)
  await writeFile(file, changed)
  await expect(readPlanFile(file)).rejects.toMatchObject({
    code: 'usage',
    message: 'The plan cannot be used: it was changed after it was written',
  })
})
