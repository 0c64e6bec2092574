import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openFolderBench, ref, within } from './file-bench.ts'

const built = (path: string): string => JSON.stringify(new URL(`../../../dist/${path}`, import.meta.url).href)

const opening = `
import { openFileCenter } from ${built('config-centers/file/open-file-center.js')}
import { systemClock } from ${built('core/system-clock.js')}
const [directory, git, word, times] = process.argv.slice(1)
const center = openFileCenter('files', { kind: 'file', directory, git: git === 'true' }, systemClock)
const ref = ${JSON.stringify(ref)}
const within = () => AbortSignal.timeout(60000)
// The pipe closes when the test ends, however it ends.
process.stdin.on('end', () => process.exit(3)).resume().unref()
`

/** Adds a line again and again, each time to what is there, and begins anew when somebody was quicker. */
const adding = `${opening}
for (let count = 0; count < Number(times); ) {
  const { content, etag } = await center.get(ref, within())
  try {
    await center.put(ref, content + word + ' ' + count + '\\n', { expect: { etag } }, within())
    count += 1
  } catch (error) {
    if (error.code !== 'conflict') throw error
  }
}
`

/** Writes whole documents for ever. */
const writing = `${opening}
for (let count = 0; ; count += 1) {
  const content = ('line ' + word + ' ' + count + '\\n').repeat(200)
  await center.put(ref, content, { expect: 'any' }, within())
  if (count === 0) process.stdout.write('writing')
}
`

function start(program: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

/** Several processes change one document by compare-and-set; no line of any may be missing. */
export async function raceProcesses(git: boolean, writers: number, times: number): Promise<void> {
  using bench = openFolderBench(git)
  await bench.center.put(ref, 'begin\n', { expect: 'absent' }, within())
  const children = Array.from({ length: writers }, (_, writer) =>
    start(adding, [bench.root, String(git), `writer-${writer}`, String(times)]),
  )
  const ends = await Promise.all(children.map((child) => once(child, 'exit')))
  expect(ends.map(([status]) => status as unknown)).toEqual(children.map(() => 0))
  const lines = (await bench.center.get(ref, within()))?.content.split('\n').slice(1, -1) ?? []
  expect(lines).toHaveLength(writers * times)
  for (let writer = 0; writer < writers; writer += 1) {
    const own = lines.filter((line) => line.startsWith(`writer-${writer} `))
    expect(own).toEqual(Array.from({ length: times }, (_, count) => `writer-${writer} ${count}`))
  }
}

/**
 * Kills a process that writes, at a moment that differs from round to round. Afterwards the document is whole, the next
 * change works without waiting for the dead, and nothing of its is left.
 */
export async function killWriters(git: boolean, rounds: number, longestMs: number): Promise<void> {
  using bench = openFolderBench(git)
  for (let round = 0; round < rounds; round += 1) {
    const child = start(writing, [bench.root, String(git), String(round)])
    await once(child.stdout ?? child, 'data')
    await new Promise((resolve) => setTimeout(resolve, Math.random() * longestMs))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const text = readFileSync(bench.path, 'utf8')
    const [line = ''] = text.split('\n')
    expect(line).toMatch(/^line \d+ \d+$/)
    expect(text).toBe(`${line}\n`.repeat(200))
    const found = await bench.center.get(ref, within())
    const next = `round: ${round}\n`
    const put = await bench.center.put(ref, next, { expect: { etag: found?.etag ?? '' } }, within())
    expect(put.content).toBe(next)
    expect(readdirSync(join(bench.root, ref.group))).toEqual([ref.dataId])
    expect(readdirSync(join(bench.root, '.cutover-history', '.locks'))).toEqual([])
    const [newest] = await bench.center.history(ref, within())
    expect((await bench.center.version(ref, newest?.id ?? '', within()))?.content).toBe(next)
  }
}
