import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { describeError } from '../../../../src/service/observe/describe-error.ts'
import { safeErr, safeErrors } from '../../../../src/service/observe/safe-errors.ts'
import * as leaky from './leaky-errors.ts'

/** A real logger, and the lines it has written. */
function listen(options: object) {
  const lines: string[] = []
  const log = pino({ ...options, base: null, timestamp: false }, { write: (line) => lines.push(line) })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as { msg: string; err: object } }
}

const { secrets, ...makers } = leaky
const errors = Object.entries(makers)

function leaksOf(text: string): readonly string[] {
  return secrets.filter((secret) => text.includes(secret))
}

describe('pino with the options of safeErrors', () => {
  it.each(errors)('writes nothing of statement, values or settings of a %s', (_, make) => {
    const { log, lines } = listen(safeErrors())
    log.error(make())
    log.error({ err: make() })
    log.error({ err: make() }, 'the order was not saved')
    log.error({ error: make(), reason: make() }, 'the order was not saved')
    log.error(make(), 'failed with %s', make())
    log.error('failed with %o and %s', make(), make())
    log.child({ request: 7 }).warn(make())
    log.child({ err: make() }).warn('a child')
    expect(lines).toHaveLength(8)
    expect(lines.flatMap(leaksOf)).toEqual([])
  })

  it.each(errors.filter(([name]) => name !== 'connectError'))(
    'is needed: without them it writes of a %s what nobody may read',
    (_, make) => {
      const { log, lines } = listen({})
      log.error({ err: make() })
      expect(leaksOf(lines[0] ?? '')).not.toEqual([])
    },
  )

  it('says what went wrong, what it means for the write, and where in the code it came from', () => {
    const { log, last } = listen(safeErrors())
    log.error({ err: leaky.readOnlyError() })
    expect(last().msg).toMatch(/^Error: ER_OPTION_PREVENTS_STATEMENT: /)
    expect(last().err).toMatchObject({
      type: 'Error',
      errno: 1290,
      sqlState: 'HY000',
      code: 'ER_OPTION_PREVENTS_STATEMENT',
      class: 'rejected',
      path: 'error',
      fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
      stack: expect.stringContaining('leaky-errors.ts') as string,
    })
  })

  it('keeps a message that was given, and lines without an error as they are', () => {
    const { log, last, lines } = listen(safeErrors())
    log.error({ err: leaky.mysql2Error() }, 'order %d was not saved', 7)
    expect(last().msg).toBe('order 7 was not saved')
    log.info({ order: 7 }, 'saved')
    log.info('saved %d', 8)
    expect(lines.slice(1).map((line) => JSON.parse(line) as object)).toEqual([
      { level: 30, order: 7, msg: 'saved' },
      { level: 30, msg: 'saved 8' },
    ])
  })

  it('can be told another key of the error', () => {
    const { log, lines } = listen({ ...safeErrors('failure'), errorKey: 'failure' })
    log.error(leaky.knexError())
    log.error({ failure: leaky.knexError() })
    expect(lines.flatMap(leaksOf)).toEqual([])
  })
})

describe('a described error', () => {
  it.each([
    ['mysql2', leaky.mysql2Error(), 'error'],
    ['Knex', leaky.knexError(), 'error'],
    ['Sequelize', leaky.sequelizeError(), 'error.original'],
    ['Drizzle', leaky.drizzleError(), 'error.cause'],
    ['TypeORM', leaky.typeormError(), 'error'],
    ['Prisma', leaky.prismaError(), 'error.meta.driverAdapterError.cause'],
    ['somebody who wraps it', leaky.rethrown(), 'error.cause'],
  ])('has the number and the state, as %s throws it', (_, error, path) => {
    expect(describeError(error)).toMatchObject({ errno: 1062, sqlState: '23000', class: 'bug', path })
  })

  it('has the same fingerprint whichever mapper sent the statement', () => {
    const prints = [
      leaky.mysql2Error(),
      leaky.knexError(),
      leaky.sequelizeError(),
      leaky.drizzleError(),
      leaky.typeormError(),
    ].map((error) => describeError(error).fingerprint)
    expect(new Set(prints).size).toBe(1)
    expect(prints[0]).toBeDefined()
  })

  it('of the client has the code and no address', () => {
    expect(describeError(leaky.connectError())).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' })
  })

  it('that is none of a database keeps its message, but no credentials in it', () => {
    expect(describeError(new TypeError('order is undefined'))).toMatchObject({
      type: 'TypeError',
      message: 'order is undefined',
    })
    expect(describeError(leaky.configError()).message).toBe(
      'cannot connect to mysql://‹credentials›@example.org/shop',
    )
  })

  it.each([undefined, null, 'text', 7, {}, [], Object.create(null), new Proxy({}, { get: fail })])(
    'may be anything that can be thrown: %#',
    (thrown) => {
      expect(describeError(thrown)).toHaveProperty('message')
    },
  )

  it('is not described twice, and what is no error stays as it is', () => {
    const safe = safeErr(leaky.mysql2Error())
    expect(safeErr(safe)).toBe(safe)
    expect(safeErr({ order: 7 })).toEqual({ order: 7 })
    expect(safeErr('text')).toBe('text')
  })
})

function fail(): never {
  throw new Error('no getter works')
}
