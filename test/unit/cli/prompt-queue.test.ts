import * as clack from '@clack/prompts'
import { describe, expect, test } from 'vitest'
import { openPromptQueue } from '../../../src/cli/people/prompt-queue.ts'
import { keys, openTypedTerminal, type TypedTerminal } from './typed-terminal.ts'

const open = new AbortController().signal

function ask({ prompts }: TypedTerminal, message: string, signal = open): Promise<string | undefined> {
  return prompts.show<string>(signal, (place) => clack.text({ message, ...place }))
}

describe('a prompt', () => {
  test('gives what was typed', async () => {
    const terminal = openTypedTerminal()
    const answer = ask(terminal, 'Name?')
    await terminal.typeAt('Name?', `orders${keys.enter}`)
    expect(await answer).toBe('orders')
    expect(terminal.open).toEqual([true, false])
  })

  test.each([
    ['Ctrl-C', keys.ctrlC],
    ['Esc', keys.escape],
  ])('that is left with %s has no answer', async (_key, typed) => {
    const terminal = openTypedTerminal()
    const answer = ask(terminal, 'Name?')
    await terminal.typeAt('Name?', `ord${typed}`)
    expect(await answer).toBeUndefined()
  })

  test('whose input ends has no answer, and nothing is asked there any more', async () => {
    const terminal = openTypedTerminal()
    const answer = ask(terminal, 'Name?')
    await expect.poll(terminal.shown).toContain('Name?')
    terminal.hangUp()
    expect(await answer).toBeUndefined()
    expect(terminal.prompts.interactive).toBe(false)
    expect(await ask(terminal, 'Again?')).toBeUndefined()
    expect(terminal.shown()).not.toContain('Again?')
  })

  test('whose signal fires leaves the screen without an answer', async () => {
    const terminal = openTypedTerminal()
    const given = new AbortController()
    const answer = ask(terminal, 'Name?', given.signal)
    await expect.poll(terminal.shown).toContain('Name?')
    given.abort()
    expect(await answer).toBeUndefined()
    await expect.poll(() => terminal.open).toEqual([true, false])
  })

  test('is not answered by what was typed before it was on the screen', async () => {
    const terminal = openTypedTerminal()
    terminal.type(`yes${keys.enter}`)
    const answer = ask(terminal, 'Name?')
    await terminal.typeAt('Name?', `no${keys.enter}`)
    expect(await answer).toBe('no')
  })

  test('is not even shown after a Ctrl-C that was typed before it', async () => {
    const terminal = openTypedTerminal()
    terminal.type(keys.ctrlC)
    expect(await ask(terminal, 'Name?')).toBeUndefined()
    expect(terminal.shown()).not.toContain('Name?')
  })

  test('without a terminal is never shown', async () => {
    const { stdin: input, stderr: output } = process
    const prompts = openPromptQueue({ interactive: false, input, output })
    const shown = prompts.show(open, () => Promise.reject(new Error('shown')))
    expect(await shown).toBeUndefined()
  })
})

describe('two prompts', () => {
  test('are shown one after the other', async () => {
    const terminal = openTypedTerminal()
    const [first, second] = [ask(terminal, 'First?'), ask(terminal, 'Second?')]
    await terminal.typeAt('First?', `1${keys.enter}`)
    expect(await first).toBe('1')
    await terminal.typeAt('Second?', `2${keys.enter}`)
    expect(await second).toBe('2')
    expect(terminal.open).toEqual([true, false, true, false])
    expect(terminal.shown().indexOf('Second?')).toBeGreaterThan(terminal.shown().lastIndexOf('First?'))
  })

  test('do not wait for each other when the second is given up, and it is never shown', async () => {
    const terminal = openTypedTerminal()
    const given = new AbortController()
    const [first, second] = [ask(terminal, 'First?'), ask(terminal, 'Second?', given.signal)]
    given.abort()
    expect(await second).toBeUndefined()
    await terminal.typeAt('First?', `1${keys.enter}`)
    expect(await first).toBe('1')
    await expect.poll(() => terminal.open).toEqual([true, false])
    expect(terminal.shown()).not.toContain('Second?')
  })

  test('are both asked when the first one breaks', async () => {
    const terminal = openTypedTerminal()
    const broken = terminal.prompts.show(open, () => Promise.reject(new Error('broken')))
    const second = ask(terminal, 'Second?')
    await expect(broken).rejects.toThrow('broken')
    await terminal.typeAt('Second?', `2${keys.enter}`)
    expect(await second).toBe('2')
  })
})
