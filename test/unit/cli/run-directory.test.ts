import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findRunDirectory, makeRunDirectory } from '../../../src/cli/runs/run-directory.ts'
import {
  asVariables,
  differingVariables,
  pickVariables,
  readRunVariables,
} from '../../../src/cli/runs/run-variables.ts'

const begunWith = { text: 'name: x\n', variables: { HOST: 'db-1', PORT: null } }
let root: string
let runs: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'run-directory-'))
  runs = join(root, 'kept', 'runs')
})
afterEach(() => rm(root, { recursive: true, force: true }))

it('a run that never began leaves nothing, not even the directories that were made for it', async () => {
  {
    await using made = await makeRunDirectory(runs, 'one', begunWith)
    await writeFile(join(made.path, 'journal.jsonl'), '')
  }
  expect(await readdir(root)).toEqual([])
})

it('a directory in which other runs are stays', async () => {
  await mkdir(join(runs, 'other'), { recursive: true })
  {
    await using _made = await makeRunDirectory(runs, 'one', begunWith)
  }
  expect(await readdir(runs)).toEqual(['other'])
})

it('a run that began stays, and is found', async () => {
  {
    await using made = await makeRunDirectory(runs, 'one', begunWith)
    await writeFile(join(made.path, 'journal.jsonl'), '{}\n')
  }
  expect(await findRunDirectory(runs, undefined)).toBe(join(runs, 'one'))
  expect(await readdir(join(runs, 'one'))).toEqual(['journal.jsonl', 'playbook.yaml', 'variables.json'])
  expect((await stat(join(runs, 'one', 'variables.json'))).mode & 0o777).toBe(0o600)
})

it('the variables come back as they were, a default as not set', async () => {
  await using made = await makeRunDirectory(runs, 'one', begunWith)
  const kept = await readRunVariables(made.path)
  expect(kept).toEqual({ HOST: 'db-1', PORT: null })
  expect(asVariables(kept ?? {})).toEqual({ HOST: 'db-1', PORT: undefined })
})

it('damaged variables are refused, those of a run that kept none are not missed', async () => {
  await using made = await makeRunDirectory(runs, 'one', begunWith)
  const file = join(made.path, 'variables.json')
  const head = '{"kind":"cutover-run-variables","version":1,"values":'
  const damaged = [
    '',
    'null',
    head,
    `${head}null}`,
    `${head}{"A":1}}`,
    '{"kind":"other","version":1,"values":{}}',
  ]
  for (const text of damaged) {
    await writeFile(file, text)
    await expect(readRunVariables(made.path)).rejects.toMatchObject({ code: 'journal.unusable', where: file })
  }
  await rm(file)
  expect(await readRunVariables(made.path)).toBeUndefined()
})

it('only variables that the playbook uses are kept, and an empty one is not set', () => {
  const environment = { HOST: 'db-1', PORT: '', SECRET: 'hunter2' }
  expect(pickVariables(['HOST', 'PORT', 'USER', '__proto__', 'toString'], environment)).toEqual(
    Object.fromEntries([
      ['HOST', 'db-1'],
      ['PORT', null],
      ['USER', null],
      ['__proto__', null],
      ['toString', null],
    ]),
  )
})

it('a variable differs when it is set to something else, also where the default was taken', () => {
  const kept = { HOST: 'db-1', PORT: null, USER: 'kit' }
  expect(differingVariables(kept, { HOST: 'db-2', PORT: '3307' })).toEqual(['HOST', 'PORT'])
  expect(differingVariables(kept, { HOST: 'db-1', PORT: '' })).toEqual([])
})
