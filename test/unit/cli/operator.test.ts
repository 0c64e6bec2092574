import { describe, expect, test } from 'vitest'
import { callerName } from '../../../src/cli/control/caller.ts'
import { openOperator } from '../../../src/cli/people/operator.ts'
import type { ChoiceQuestion } from '../../../src/core/ports/operator.ts'
import { keys, openTypedTerminal } from './typed-terminal.ts'

const open = new AbortController().signal
const failed: ChoiceQuestion = {
  id: 'notify',
  text: 'notify failed: no answer\nLook at the pager.',
  choices: [
    { key: 'retry', label: 'Try it again' },
    { key: 'skip', label: 'Leave it out', needsReason: true },
    { key: 'park', label: 'Stop here' },
  ],
  otherwise: 'everything is walked back',
}

function atTerminal(waiting?: string) {
  const terminal = openTypedTerminal()
  const { prompts } = terminal
  const operator = openOperator({ prompts, agree: [], waiting: () => Promise.resolve(waiting) })
  return { terminal, choose: (signal = open) => operator.choose?.(failed, signal), operator }
}

describe('the menu after a failure', () => {
  test('shows the failure, its hint, who waits, every choice, and what silence leads to', async () => {
    const { terminal, choose } = atTerminal('since 03:12:40; the pause is to be over by 03:15:40')
    const chosen = choose()
    await terminal.typeAt('Stop here', keys.ctrlC)
    await chosen
    for (const text of [
      'notify failed: no answer',
      'Look at the pager.',
      'Users are waiting since 03:12:40; the pause is to be over by 03:15:40.',
      'Try it again',
      'Leave it out',
      'Without an answer: everything is walked back (Esc or Ctrl-C: at once)',
    ])
      expect(terminal.shown()).toContain(text)
  })

  test('says nothing of users who do not wait', async () => {
    const { terminal, choose } = atTerminal()
    const chosen = choose()
    await terminal.typeAt('Stop here', keys.escape)
    expect(await chosen).toBeUndefined()
    expect(terminal.shown()).not.toContain('Users are waiting')
  })

  test('gives the choice and who made it', async () => {
    const { terminal, choose } = atTerminal()
    const chosen = choose()
    await terminal.typeAt('Stop here', keys.down + keys.enter)
    expect(await chosen).toEqual({ key: 'retry', by: callerName() })
  })

  test('does nothing for an Enter out of habit, and stays open', async () => {
    const { terminal, choose } = atTerminal()
    const chosen = choose()
    await terminal.typeAt('Stop here', keys.enter)
    await terminal.typeAt('Stop here', keys.down.repeat(3) + keys.enter)
    expect(await chosen).toMatchObject({ key: 'park' })
  })

  test('takes a choice that needs a reason only with one', async () => {
    const { terminal, choose } = atTerminal()
    const chosen = choose()
    await terminal.typeAt('Stop here', keys.down.repeat(2) + keys.enter)
    await terminal.typeAt('Why Leave it out?', `   ${keys.enter}`)
    await terminal.typeAt('Stop here', keys.down.repeat(2) + keys.enter)
    await terminal.typeAt('Why Leave it out?', ` the pager is down ${keys.enter}`)
    expect(await chosen).toEqual({ key: 'skip', reason: 'the pager is down', by: callerName() })
  })

  test('that is left while a reason is asked for has no answer', async () => {
    const { terminal, choose } = atTerminal()
    const chosen = choose()
    await terminal.typeAt('Stop here', keys.down.repeat(2) + keys.enter)
    await terminal.typeAt('Why Leave it out?', `half a re${keys.ctrlC}`)
    expect(await chosen).toBeUndefined()
  })

  test('closes without an answer when its time is over or the terminal goes', async () => {
    const given = new AbortController()
    const first = atTerminal()
    const late = first.choose(given.signal)
    await expect.poll(first.terminal.shown).toContain('Stop here')
    given.abort()
    expect(await late).toBeUndefined()
    const second = atTerminal()
    const lost = second.choose()
    await expect.poll(second.terminal.shown).toContain('Stop here')
    second.terminal.hangUp()
    expect(await lost).toBeUndefined()
  })

  test('is not shown without a terminal', async () => {
    const nobody = openOperator({ agree: 'all', confirm: 'orders' })
    expect(await nobody.choose?.(failed, open)).toBeUndefined()
  })
})

describe('a question', () => {
  const byName = { id: 'go', text: 'Go?', typeToAgree: 'orders-target' }

  test('is agreed to by typing the name, and by nothing else', async () => {
    for (const [typed, agreed] of [
      ['orders-target', true],
      ['orders', false],
      ['y', false],
      ['', false],
    ] as const) {
      const { terminal, operator } = atTerminal()
      const answer = operator.ask(byName, open)
      await terminal.typeAt('Type orders-target', typed + keys.enter)
      expect((await answer).agreed).toBe(agreed)
    }
  })

  test('of yes or no takes Enter for a no', async () => {
    const { terminal, operator } = atTerminal()
    const answer = operator.ask({ id: 'go', text: 'Go?' }, open)
    await terminal.typeAt('Go?', keys.enter)
    expect(await answer).toEqual({ agreed: false, why: 'the operator said no' })
  })

  test('that nobody answers is not agreed to', async () => {
    const { terminal, operator } = atTerminal()
    const answer = operator.ask({ id: 'go', text: 'Go?' }, open)
    await terminal.typeAt('Go?', keys.escape)
    expect(await answer).toEqual({ agreed: false, why: 'the operator did not answer' })
  })

  test('without a terminal is a no that names the flag, unless the flag is there', async () => {
    const nobody = openOperator({ agree: ['other'] })
    expect(await nobody.ask(byName, open)).toEqual({
      agreed: false,
      why: 'there is no terminal to ask at; give --confirm orders-target',
    })
    expect(await nobody.ask({ id: 'go', text: 'Go?' }, open)).toMatchObject({ agreed: false })
    const flags = openOperator({ agree: ['go'], confirm: 'orders-target' })
    expect(await flags.ask(byName, open)).toMatchObject({ agreed: true, how: '--confirm orders-target' })
    expect(await flags.ask({ id: 'go', text: 'Go?' }, open)).toMatchObject({
      agreed: true,
      how: '--agree go',
    })
  })
})
