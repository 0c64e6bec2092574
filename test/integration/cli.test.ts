import { execa } from 'execa'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { playbooks } from './cutover-lab.ts'
import { cutover } from './rehearse.ts'

interface Ended {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

async function call(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [cutover, ...args], {
    env: environment,
    reject: false,
    stdin: 'ignore',
  })
  return { exitCode, stdout, stderr }
}

describe('the command line', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cutover-cli-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  it.each([
    ['no command', []],
    ['an unknown command', ['rnu']],
    ['an unknown option', ['run', 'playbook.yaml', '--agre']],
    ['a missing argument', ['run']],
    ['a value of the wrong sort', ['rehearse', '--rows', 'many']],
    ['a playbook that is not there', ['validate', 'no-such.yaml']],
    ['a playbook that is a directory', ['run', tmpdir()]],
    ['a run that is not there', ['report', '--runs', '/nonexistent']],
  ])('answers %s with status 2, on standard error, without a stack trace', async (_what, args) => {
    const ended = await call(args)
    expect(ended).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/\S/) as string })
    expect(ended.stderr).not.toMatch(/\n\s+at |defect of cutover-kit/)
  })

  it('answers a question for help with status 0, on standard output', async () => {
    expect(await call(['run', '--help'])).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('names every secret that is missing before it contacts anything', async () => {
    const nowhere = {
      SOURCE_HOST: '127.0.0.1',
      SOURCE_PORT: '9',
      SOURCE_USER: 'nobody',
      TARGET_HOST: '127.0.0.1',
      TARGET_USER: 'nobody',
      NACOS_SERVERS: 'http://127.0.0.1:9',
      NACOS_USERNAME: 'nobody',
      ORDERS_URL: 'http://127.0.0.1:9',
      ORDERS_1_URL: 'http://127.0.0.1:9',
      ORDERS_2_URL: 'http://127.0.0.1:9',
      BALANCER_URL: 'http://127.0.0.1:9',
      RESTART_COMMAND: '/bin/true',
    }
    const ended = await call(['plan', join(playbooks, 'stop-write.yaml')], nowhere)
    expect(ended).toMatchObject({ exitCode: 3, stdout: '' })
    for (const name of ['SOURCE', 'TARGET', 'NACOS', 'ORDERS_RO', 'ORDERS_RW', 'ORDERS_APP'])
      expect(ended.stderr).toContain(`env:${name}_PASSWORD is not set`)
  })

  it('refuses a result file that cannot be written before anything else', async () => {
    const ended = await call(['run', 'no-such.yaml', '--json', join(directory, 'no', 'result.json')])
    expect(ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('result.json') as string })
  })

  it('shows every mistake of a playbook and no password in it', async () => {
    const playbook = join(directory, 'wrong.yaml')
    await writeFile(
      playbook,
      'name: x\nsystems:\n  a: { kind: database, password: hunter2-is-mine }\nprepar: []\n',
    )
    const { exitCode, stderr } = await call(['validate', playbook])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/prepar/)
    expect(stderr).not.toContain('hunter2')
  })

  describe('validate', () => {
    const text = (budget: string): string => `name: small
purpose: Wait for a service.
confirm: target
systems: { nacos: { kind: nacos, servers: http://127.0.0.1:9 } }
services:
  orders:
    document: { center: nacos, dataId: orders.yaml }
    url: http://127.0.0.1:9
    instances: [{ name: one, url: 'http://127.0.0.1:9', restart: { command: ['true'] } }]
pause:
  budget: ${budget}
  steps:
    - gate: services-healthy
      with: { services: [orders] }
`
    const write = async (budget: string): Promise<string> => {
      const file = join(directory, `budget-${budget}.yaml`)
      await writeFile(file, text(budget))
      return file
    }

    it('answers a good playbook with one line and status 0', async () => {
      const ended = await call(['validate', '--strict', await write('1m')])
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
      expect(ended.stdout).toMatch(/budget-1m\.yaml: 1 steps and gates, no mistakes$/)
    })

    it('shows warnings and refuses them only when told to', async () => {
      const file = await write('30s')
      const ended = await call(['validate', file])
      expect(ended.exitCode).toBe(0)
      expect(ended.stdout).toMatch(/no mistakes, 1 warning$/)
      expect(ended.stderr).toMatch(/:11:11 {2}warning: The deadlines of the pause add up to 1 min 00 s/)
      expect(await call(['validate', '--strict', file])).toEqual({ ...ended, exitCode: 2 })
    })

    it('prints its findings as JSON', async () => {
      const file = await write('20s')
      const { exitCode, stdout, stderr } = await call(['validate', '--json', file])
      expect([exitCode, stderr]).toEqual([0, ''])
      expect(JSON.parse(stdout)).toMatchObject({
        kind: 'cutover-validation',
        ok: true,
        file,
        mistakes: [],
        warnings: [{ line: 11, column: 11, message: expect.stringMatching(/budget/) as string }],
      })
      await writeFile(file, text('20s').replace('purpose', 'porpoise'))
      const wrong = await call(['validate', '--json', file])
      expect(wrong.exitCode).toBe(2)
      expect(JSON.parse(wrong.stdout)).toMatchObject({ ok: false, mistakes: [{ line: 2, column: 1 }] })
    })

    it('is not called check', async () => {
      expect(await call(['check', await write('1m')])).toMatchObject({ exitCode: 2, stdout: '' })
    })
  })

  it('ends well when nobody reads what it prints', async () => {
    const child = execa('sh', ['-c', `"$0" "$1" --help | true`, process.execPath, cutover], { reject: false })
    expect(await child).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('prints no colours where there is no terminal', async () => {
    const { stderr } = await call(['validate', 'no-such.yaml'])
    expect(stderr).not.toContain('\u001b')
  })
})
