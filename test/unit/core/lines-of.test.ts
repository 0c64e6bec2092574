import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { linesOf } from '../../../src/core/lines-of.ts'

test('gives each line, and an error of the stream ends nothing that listens to the stream itself', async () => {
  const stream = new PassThrough()
  const seen: string[] = []
  const errors: unknown[] = []
  stream.on('error', (error) => errors.push(error))
  linesOf(stream, (line) => seen.push(line))
  stream.write('one\ntw')
  stream.write('o\n')
  await expect.poll(() => seen).toEqual(['one', 'two'])
  const reset = new Error('read ECONNRESET')
  stream.destroy(reset)
  await expect.poll(() => errors).toEqual([reset])
})
