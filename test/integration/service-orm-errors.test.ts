import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../../src/lab/proxy/start-tcp-proxy.ts'
import { GateError } from '../../src/service/gate/gate-error.ts'
import { classify, type UnitContext } from '../../src/service/classify.ts'
import { openErrorLab, password, thrownBy, type Account, type ErrorLab } from './error-lab.ts'
import { ormStacks, refusingStacks, type OrmPlace, type OrmStack } from './orm-stacks.ts'

const secret = 424_242
const insert = 'INSERT INTO t (id) VALUES (?)'
const alone: UnitContext = { inTransaction: false, flavour: 'mariadb' }

/** Where each library puts the driver's error. */
const places: Readonly<Record<string, string>> = {
  mysql2: 'error',
  kysely: 'error',
  drizzle: 'error.cause',
  knex: 'error',
  typeorm: 'error',
  sequelize: 'error.original',
  prisma: 'error.cause',
  prismaAdapter: 'error.cause',
}

describe.each(Object.entries(ormStacks))('errors as %s throws them', (name, open) => {
  let lab: ErrorLab
  let proxy: TcpProxy
  beforeAll(async () => {
    lab = await sharedLab()
    proxy = await startTcpProxy({ to: lab.running })
  })
  afterAll(() => proxy[Symbol.asyncDispose]())
  afterEach(async () => {
    await proxy.setMode('forward')
    await lab.tidy()
  })

  const openAs = (user: Account, change: Partial<OrmPlace> = {}): Promise<OrmStack> =>
    open({ host: proxy.host, port: proxy.port, user, password, database: 'app', ...change })

  /** The class, and that the sentence for the log holds nothing of the statement. */
  function expectDecision(error: unknown, expected: object): void {
    const decision = classify(error, alone)
    expect(decision).toMatchObject(expected)
    expect(decision.why).not.toMatch(/42.?4242|INSERT INTO|writer|reader|127\.0\.0\.1/)
  }

  it('a right that is not granted', async () => {
    await using stack = await openAs('reader')
    expectDecision(await thrownBy(stack.run(insert, secret)), {
      class: 'rejected',
      mayReplay: true,
      mayShowUpgrading: true,
      errno: 1142,
      path: places[name],
    })
  })

  it('read_only', async () => {
    await using stack = await openAs('writer')
    await stack.run(insert, 1)
    await lab.root('SET GLOBAL read_only = 1')
    const error = await thrownBy(stack.run(insert, secret))
    await lab.root('SET GLOBAL read_only = 0')
    expectDecision(error, { class: 'rejected', mayShowUpgrading: true, errno: 1290, path: places[name] })
    expect(await lab.ids()).toEqual([1])
  })

  it('a mistake in the statement, and a duplicate', async () => {
    await using stack = await openAs('writer')
    const bug = { class: 'bug', mayReplay: false, mayShowUpgrading: false, path: places[name] }
    expectDecision(await thrownBy(stack.run('INSRT INTO t (id) VALUES (?)', secret)), { ...bug, errno: 1064 })
    await stack.run(insert, secret)
    expectDecision(await thrownBy(stack.run(insert, secret)), { ...bug, errno: 1062 })
  })

  it('an answer that is lost', async () => {
    await using stack = await openAs('writer')
    await stack.run(insert, 1)
    proxy.loseAnswerTo((bytes) => bytes.includes('INSERT') || bytes[4] === 0x17)
    const error = await thrownBy(stack.run(insert, secret))
    expectDecision(error, { class: 'unknown', mayReplay: false, mayShowUpgrading: false, errno: undefined })
    // Some send a statement in two parts, and either answer may be the one that was lost.
    expect([[1], [1, secret]]).toContainEqual(await lab.ids())
  })

  it('a server that does not listen, and a login that is refused', async () => {
    await proxy.setMode('refuse')
    const refused = await thrownBy(tryOnce(() => openAs('writer')))
    await proxy.setMode('forward')
    const never = { mayReplay: true, mayShowUpgrading: false }
    expectDecision(refused, never)
    const denied = await thrownBy(tryOnce(() => openAs('writer', { password: 'wrong' })))
    expectDecision(denied, { ...never, class: 'rejected', errno: 1045 })
  })
})

/** Some connect at once, others at the first statement. */
async function tryOnce(open: () => Promise<OrmStack>): Promise<void> {
  await using stack = await open()
  await stack.run(insert, secret)
}

describe.each(Object.entries(refusingStacks))('a rejection of the gate as %s throws it', (_name, open) => {
  it.each([
    ['expired', true],
    ['refused', true],
    ['abandoned', false],
  ] as const)('%s', async (reason, mayShowUpgrading) => {
    await using stack = await open(new GateError(reason, 'held as long as allowed'))
    const error = await thrownBy(stack.run('INSERT INTO t (id) VALUES (1)', secret))
    expect(classify(error)).toMatchObject({ class: 'rejected', mayReplay: true, mayShowUpgrading })
  })
})

let opened: Promise<ErrorLab> | undefined

function sharedLab(): Promise<ErrorLab> {
  opened ??= openErrorLab('mariadb')
  return opened
}

afterAll(async () => {
  await (await opened)?.[Symbol.asyncDispose]()
})
