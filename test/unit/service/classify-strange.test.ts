import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { once } from 'node:events'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { UnitContext } from '../../../src/service/classify.ts'
import { classify, rememberUnit } from '../../../src/service/classify.ts'
import { GateError, type GateErrorReason } from '../../../src/service/gate/gate-error.ts'

const refused = {
  errno: 1142,
  sqlState: '42000',
  sqlMessage: "INSERT command denied to user 'a'@'b' for table 't'",
}

describe('a rejection of the gate', () => {
  it.each([
    ['expired', true],
    ['full', true],
    ['refused', true],
    ['ended', true],
    ['abandoned', false],
  ] as const)('%s did nothing and may be replayed', (reason, mayShowUpgrading) => {
    const error = new GateError(reason, 'text')
    for (const thrown of [error, new Error('wrapped', { cause: error }), { original: error }]) {
      expect(classify(thrown)).toMatchObject({
        class: 'rejected',
        mayReplay: true,
        mayShowUpgrading,
        errno: undefined,
      })
    }
  })

  it('is known from another copy of the package, by its symbol', async () => {
    vi.resetModules()
    const copy = await import('../../../src/service/gate/gate-error.ts')
    const error = new copy.GateError('expired', 'text')
    expect(error).not.toBeInstanceOf(GateError)
    expect(classify(error)).toMatchObject({ class: 'rejected', mayShowUpgrading: true })
  })

  it('is known by its code where a wrapper has copied that, and by its symbol where the reason is a new one', () => {
    expect(classify({ code: 'CUTOVER_FULL' }).class).toBe('rejected')
    const later = new GateError('sleepy' as GateErrorReason, 'text')
    expect(classify(later)).toMatchObject({ class: 'rejected', mayReplay: true })
    expect(classify({ code: 'CUTOVER_SLEEPY' }).class).toBe('bug')
  })

  it('does not outweigh a bug or an open fate beside it', () => {
    const gate = new GateError('expired', 'text')
    const lost = Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
    expect(classify(new AggregateError([gate, lost]))).toMatchObject({ class: 'unknown', mayReplay: false })
    expect(classify(new AggregateError([gate, { ...refused, errno: 1062 }])).class).toBe('bug')
  })
})

describe('several errors in one', () => {
  it('an open fate outweighs a refusal of the server', () => {
    const lost = Object.assign(new Error('lost'), { code: 'ECONNRESET', fatal: true })
    expect(classify(new AggregateError([refused, lost]))).toMatchObject({
      class: 'unknown',
      mayReplay: false,
      mayShowUpgrading: false,
    })
  })

  it('a reason the server gave outweighs what a pool made of it', () => {
    const timeout = Object.assign(new Error('timeout'), { name: 'KnexTimeoutError', cause: refused })
    expect(classify(timeout)).toMatchObject({ errno: 1142, path: 'error.cause' })
  })

  it('addresses that were tried in vain one after the other are a server that does not listen', () => {
    const parts = [4, 6].map((n) =>
      Object.assign(new Error(`${n}`), { code: 'ETIMEDOUT', syscall: 'connect' }),
    )
    const error = Object.assign(new AggregateError(parts), { code: 'ETIMEDOUT', fatal: true })
    expect(classify(error)).toMatchObject({ class: 'rejected', mayReplay: true })
  })
})

describe('what somebody wrote into a value', () => {
  const value = '(conn:1, no: 1142, SQLState: 42000) INSERT command denied'

  it('is not taken for a number of the server', () => {
    const error = Object.assign(new Error(`insert '${value}' - lost`), {
      code: 'PROTOCOL_CONNECTION_LOST',
      fatal: true,
    })
    expect(classify(error)).toMatchObject({ class: 'unknown', errno: undefined })
  })

  it('is not taken for an error of a pool', () => {
    const cause = new TypeError('x is not a function')
    const wrapper = Object.assign(new Error('Failed query\nparams: a - Pool is closed.', { cause }), {
      params: ['a - Pool is closed.'],
    })
    expect(classify(wrapper).class).toBe('bug')
    expect(classify(new Error('bad name - Pool is closed.')).class).toBe('bug')
  })

  it('does not hide a text of the driver behind the statement that Knex puts in front', () => {
    const text = "Can't add new command when connection is in closed state"
    const error = Object.assign(new Error(`insert into t values ('a - b') - ${text}`), { fatal: true })
    expect(classify(error, { inTransaction: true }).class).toBe('rejected-and-rolled-back')
  })
})

describe('the remembered context', () => {
  it('is found inside wrappers', () => {
    const inner = Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
    const outer = new Error('query failed', { cause: rememberUnit(inner, { inTransaction: true }) })
    expect(classify(outer).class).toBe('rejected-and-rolled-back')
    expect(classify(new Error('again', { cause: outer })).class).toBe('rejected-and-rolled-back')
  })

  it('of an error that came while connecting says that nothing was sent', () => {
    const offline = { errno: 1053, sqlState: '08S01', sqlMessage: 'Server shutdown in progress' }
    expect(classify(offline, { sent: false })).toMatchObject({ class: 'rejected', mayReplay: true })
    expect(classify(offline).class).toBe('unknown')
  })

  it('of several statements makes a refusal after a COMMIT unknown, also where it usually has rolled back', () => {
    const readOnly = { errno: 1290, sqlState: 'HY000', sqlMessage: 'running with the --read-only option' }
    const context: UnitContext = { inTransaction: true, commitSent: true, multiStatement: true }
    expect(classify(readOnly, context)).toMatchObject({ class: 'unknown', mayReplay: false })
    const limit = { errno: 1226, sqlState: '42000', sqlMessage: 'exceeded' }
    expect(classify(limit, { multiStatement: true })).toMatchObject({ class: 'unknown', mayReplay: false })
  })
})

describe('errors of another realm', () => {
  it('are judged by their shape', () => {
    const foreign: unknown = runInNewContext('Object.assign(new Error("x"), fields, { cause: undefined })', {
      fields: refused,
    })
    expect(foreign).not.toBeInstanceOf(Error)
    expect(classify(foreign)).toMatchObject({ class: 'rejected', errno: 1142 })
  })

  it('that were cloned by a worker have lost their fields and are a bug: send the decision instead', async () => {
    const code = `const { parentPort } = require('node:worker_threads')
      const error = Object.assign(new Error('INSERT command denied'), ${JSON.stringify(refused)})
      parentPort.postMessage({ error, plain: { ...error } })`
    const [{ error, plain }] = (await once(new Worker(code, { eval: true }), 'message')) as [
      { error: Error; plain: object },
    ]
    expect(error.message).toBe('INSERT command denied')
    expect(classify(error)).toMatchObject({ class: 'bug', mayReplay: false, mayShowUpgrading: false })
    expect(classify(plain)).toMatchObject({ class: 'rejected', errno: 1142 })
    const decision = classify(refused)
    expect(structuredClone(decision)).toEqual(decision)
  })
})

describe('whatever is thrown', () => {
  const keys = [
    'cause',
    'original',
    'parent',
    'errors',
    'meta',
    'driverError',
    'code',
    'errno',
    'fatal',
  ] as const
  const names = [
    ...keys,
    'sqlState',
    'sqlMessage',
    'message',
    'name',
    'originalCode',
    'sql',
    'syscall',
  ] as const
  const atom = fc.oneof(
    fc.anything(),
    fc.constantFrom(1142, 1290, 1062, 1205, 45_028, 3989, 4031, 'ECONNRESET', 'PROTOCOL_CONNECTION_LOST'),
    fc.constantFrom('CUTOVER_EXPIRED', 'Pool is closed.', 'running with --read-only', '45028', true),
  )
  const { thrown } = fc.letrec<{ thrown: unknown }>((tie) => ({
    thrown: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      atom,
      fc.dictionary(fc.constantFrom(...names), fc.oneof(tie('thrown'), atom)),
      fc.array(tie('thrown')).map((errors) => new AggregateError(errors)),
      fc.dictionary(fc.constantFrom(...names), tie('thrown')).map((fields) => trapped(fields)),
    ),
  }))
  const context = fc.record(
    {
      inTransaction: fc.boolean(),
      commitSent: fc.boolean(),
      statementIsWrite: fc.boolean(),
      multiStatement: fc.boolean(),
      sent: fc.boolean(),
      flavour: fc.constantFrom('mysql' as const, 'mariadb' as const),
    },
    { requiredKeys: [] },
  )

  it('never makes it throw, and what is unknown or a bug is neither replayed nor shown as upgrading', () => {
    const met = new Set<string>()
    const property = fc.property(thrown, context, (error, unit) => {
      const decision = classify(error, unit)
      met.add(decision.class)
      expect(typeof decision.why).toBe('string')
      if (decision.class !== 'bug' && decision.class !== 'unknown') return
      expect(decision).toMatchObject({ mayReplay: false, mayShowUpgrading: false })
    })
    fc.assert(property, { numRuns: 1000, seed: 1 })
    expect([...met]).toEqual(expect.arrayContaining(['bug', 'unknown', 'rejected']))
  })

  it('says nothing of what it found but the number', () => {
    const property = fc.property(
      fc.constantFrom(...names),
      fc.constantFrom(1142, 1290, 1062, 7),
      (key, errno) => {
        const error = { ...refused, errno, sqlMessage: 'running with --read-only', [key]: 'topsecret' }
        expect(JSON.stringify(classify(error))).not.toContain('topsecret')
      },
    )
    fc.assert(property)
  })

  it.each([
    ['a cycle of many', cycle],
    ['a list of millions', () => ({ errors: Object.assign([], { length: 4_000_000_000 }) })],
    ['lists of lists', () => wide(3)],
    ['a proxy that was revoked', revoked],
    ['a list that was revoked', () => ({ errors: revoked() })],
    ['a proxy that never ends', endless],
    ['a message of megabytes', () => ({ ...refused, sqlMessage: 'A '.repeat(4_000_000) })],
    ['a message of capital letters', () => ({ ...refused, sqlMessage: 'A'.repeat(4_000_000) })],
  ])('%s is judged at once', (_name, make) => {
    const error: unknown = make()
    const before = performance.now()
    expect(classify(error)).toMatchObject({ class: 'bug', mayReplay: false, mayShowUpgrading: false })
    expect(performance.now() - before).toBeLessThan(500)
  })
})

/** Its getters throw for half of the keys. */
function trapped(fields: object): object {
  return new Proxy(fields, {
    get(target, key) {
      if (String(key).length % 2 === 0) throw new Error('no')
      return Reflect.get(target, key) as unknown
    },
    getPrototypeOf: () => {
      throw new Error('no')
    },
  })
}

function cycle(): object {
  const parts: Record<string, unknown>[] = Array.from({ length: 1000 }, () => ({}))
  for (const [index, part] of parts.entries()) {
    Object.assign(part, {
      cause: parts[(index + 1) % 1000],
      original: parts[(index * 7) % 1000],
      errors: parts,
    })
  }
  return parts[0] ?? {}
}

function wide(depth: number): unknown {
  return depth === 0 ? {} : { errors: Array.from({ length: 20 }, () => wide(depth - 1)) }
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  return proxy
}

/** Every field of it is another one of its kind. */
function endless(): object {
  return new Proxy({}, { get: () => endless() })
}
