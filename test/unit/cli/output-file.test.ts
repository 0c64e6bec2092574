import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkOutputFile, writeOutputFile } from '../../../src/cli/runs/output-file.ts'
import { makeRunDirectory } from '../../../src/cli/runs/run-directory.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cutover-output-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

it('a result file that cannot be written is refused before anything is done', async () => {
  await expect(checkOutputFile(join(directory, 'no', 'result.json'))).rejects.toMatchObject({ code: 'usage' })
  await expect(checkOutputFile(directory)).rejects.toMatchObject({ code: 'usage' })
})

it('a look at the place of a result file leaves nothing there', async () => {
  await checkOutputFile(join(directory, 'result.json'))
  expect(await readdir(directory)).toEqual([])
})

it('a disk that is full says so', async () => {
  await expect(writeOutputFile('/dev/full', 'text')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('the disk is full') as string,
  })
})

it.each(['/proc/no/runs', '/dev/null', '/dev/null/runs'])('runs cannot be kept in %s', async (runs) => {
  await expect(makeRunDirectory(runs, 'run', { text: '', variables: {} })).rejects.toMatchObject({
    code: 'journal.unusable',
  })
})
