import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { openTerminal, type Terminal } from '../../../../src/cli/terminal/open-terminal.ts'
import { between } from '../../../fakes/fake-run-control.ts'

interface Screen {
  readonly terminal: Terminal
  readonly text: () => string
}

function open(tty: { readonly columns: number } | undefined): Screen {
  const stream = Object.assign(
    new PassThrough(),
    tty ? { isTTY: true, rows: 30, ...tty } : {},
  ) as unknown as NodeJS.WriteStream
  let written = ''
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString()
  })
  const terminal = openTerminal({
    playbook: {
      name: 'a-playbook-with-a-rather-long-name-that-takes-much-of-a-line',
      items: [{ id: 'read-only-account', onFailure: 'undo' }],
      pauseBudgetMs: 120_000,
      onOverrun: 'undo',
    },
    stream,
    redact: (text) => text.replaceAll('hunter2', '***'),
    position: () => between,
    mayAsk: () => true,
  })
  return { terminal, text: () => stripVTControlCharacters(written) }
}

it('the footer keeps within the width of the terminal, and nothing in it is secret', () => {
  const { terminal, text } = open({ columns: 60 })
  terminal.show({
    type: 'gate.reading',
    id: 'read-only-account',
    reading: { state: 'closed', reason: 'hunter2\nis the password' },
    good: 0,
    goodWanted: 1,
    waitedMs: 0,
    remainingMs: 1000,
  })
  terminal.say('a line')
  terminal[Symbol.dispose]()
  const lines = text().split('\n')
  expect(lines.some((line) => line.startsWith('if nobody does anything: it goes on when'))).toBe(true)
  expect(lines.some((line) => line.startsWith('Ctrl-C stops after read-only-account'))).toBe(true)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60)
  expect(text()).not.toContain('hunter2')
})

it('without a terminal there are plain lines and no footer', () => {
  const { terminal, text } = open(undefined)
  terminal.say('a line')
  terminal[Symbol.dispose]()
  terminal.say('and one more')
  expect(text()).toBe('  ! a line\n  ! and one more\n')
})

it('lines that come together are shown together, in their order, and all of them when it ends', async () => {
  const { terminal, text } = open(undefined)
  const said = { type: 'say', id: 'fence', text: 'tonight' } as const
  terminal.show(said)
  expect(text()).toBe('')
  await expect.poll(text).toContain('tonight')
  terminal.show({ ...said, text: 'tomorrow' })
  terminal.say('a word')
  expect(text().indexOf('tomorrow')).toBeLessThan(text().indexOf('a word'))
  expect(text()).toContain('tomorrow')
  terminal.show({ ...said, text: 'some day' })
  terminal[Symbol.dispose]()
  expect(text()).toContain('some day')
})
