import { describe, expect, it } from 'vitest'
import { comingFrom, rememberCaller } from '../../../../src/service/pool/caller-trace.ts'

const owner = {
  asked: () => rememberCaller(owner, 'asked'),
}

function whoAsks(): ReturnType<typeof rememberCaller> {
  return owner.asked()
}

describe('the stack of an error that answers a call', () => {
  it('begins at who called, under the name and the message of the error', () => {
    const lines = (comingFrom(whoAsks(), new TypeError('no such table')).stack ?? '').split('\n')
    expect(lines[0]).toBe('TypeError: no such table')
    expect(lines[1]).toContain('whoAsks')
  })

  it('stays its own when nobody has remembered the caller', () => {
    const error = new Error('x')
    const { stack } = error
    expect(comingFrom(undefined, error).stack).toBe(stack)
  })
})
