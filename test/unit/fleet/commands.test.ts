import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedactor } from '../../../src/core/redact.ts'
import { Secret } from '../../../src/core/secret.ts'
import { openCommands } from '../../../src/fleet/commands.ts'

const run = promisify(execFile)
const redactor = createRedactor()
redactor.add(new Secret('env:DB_PASSWORD', 'hunter2-hunter2'))
const commands = openCommands({ redactor })
const soon = () => AbortSignal.timeout(20_000)
const sh = (script: string, env: Record<string, string> = {}, signal = soon()) =>
  commands.run(['/bin/sh', '-c', script], env, signal)

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'commands-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

/** A dead process that nobody has collected yet counts as dead. */
async function isAlive(pid: number): Promise<boolean> {
  const { stdout } = await run('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return /^[^Z]/.test(stdout.trim())
}

describe('a program that ends', () => {
  it('gives its status and both streams in order; a status is a value, not an error', async () => {
    expect(await sh('echo one; echo two >&2; echo three; exit 7')).toEqual({
      exitCode: 7,
      outputTail: 'one\ntwo\nthree\n',
    })
  })

  it('ended by a signal has a status that is not 0', async () => {
    expect((await sh('kill -9 $$')).exitCode).not.toBe(0)
  })

  it('gets what env says besides the environment, and no input', async () => {
    expect((await sh('cat; echo $GREETING ${PATH:+has-path}', { GREETING: '你好' })).outputTail).toBe(
      '你好 has-path\n',
    )
  })

  it('shows its last 4 KiB, whole characters, without secrets however they are spelt', async () => {
    const { outputTail } = await sh(
      'i=0; while [ $i -lt 2000 ]; do echo 茶茶茶; i=$((i+1)); done; echo last $P',
      {
        P: 'hunter2-hunter2',
      },
    )
    expect(Buffer.byteLength(outputTail)).toBeLessThanOrEqual(4096)
    expect(outputTail).toMatch(/last ‹secret:env:DB_PASSWORD›\n$/)
    expect(outputTail).not.toMatch(/�|hunter2/)
  })

  it('may leave a daemon behind, which neither keeps it waiting nor loses its output stream', async () => {
    const mark = join(directory, 'daemon')
    const go = join(directory, 'go')
    // The daemon lives until the file is there, so a command that waited for it would not end at all.
    const { exitCode, outputTail } = await sh(
      `(until [ -f '${go}' ]; do sleep 0.02; done; echo late || exit 1; echo alive > '${mark}') & echo started`,
    )
    expect({ exitCode, outputTail }).toEqual({ exitCode: 0, outputTail: 'started\n' })
    await writeFile(go, '')
    await expect.poll(() => readFile(mark, 'utf8').catch(() => ''), { timeout: 5000 }).toBe('alive\n')
  })

  it('leaves no file of its output', async () => {
    await sh('echo x')
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('cutover-output-'))).toEqual([])
  })
})

describe('a program that is stopped', () => {
  it('is ended with its whole group, also members that ignore SIGTERM', async () => {
    const pids = join(directory, 'pids')
    const stop = new AbortController()
    const running = sh(`trap '' TERM; sleep 60 & echo $$ $! > '${pids}'; wait; sleep 60`, {}, stop.signal)
    await expect.poll(() => readFile(pids, 'utf8').catch(() => ''), { timeout: 5000 }).toMatch(/\d+ \d+/)
    stop.abort(new Error('the run was stopped'))
    await expect(running).rejects.toMatchObject({
      code: 'command.failed',
      message: 'sh was ended: the run was stopped',
    })
    const [shell = 0, child = 0] = (await readFile(pids, 'utf8')).split(' ').map(Number)
    expect([await isAlive(shell), await isAlive(child)]).toEqual([false, false])
  }, 15_000)

  it('is not even started when the signal had fired before', async () => {
    const mark = join(directory, 'never')
    await expect(sh(`touch '${mark}'`, {}, AbortSignal.abort(new Error('no')))).rejects.toMatchObject({
      code: 'command.failed',
    })
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is in a group of its own, so Ctrl-C of the terminal does not reach it', async () => {
    const { outputTail } = await sh('ps -o pgid= -p $$; echo $$')
    const [group, pid] = outputTail.split('\n').map((line) => line.trim())
    expect(group).toBe(pid)
  })
})

describe('a program that cannot be started', () => {
  it('is an error without the command line', async () => {
    const running = commands.run([join(directory, 'missing'), '--password=s3cret-argument'], {}, soon())
    const error: unknown = await running.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'command.failed',
      message: 'missing could not be started: there is no such program',
    })
    expect(inspect(error, { depth: 9 })).not.toContain('s3cret-argument')
  })

  it('says when the file is not executable', async () => {
    const file = join(directory, 'plain')
    await writeFile(file, '')
    await expect(commands.run([file], {}, soon())).rejects.toMatchObject({
      message: 'plain could not be started: EACCES',
    })
    await expect(commands.run([], {}, soon())).rejects.toMatchObject({ code: 'command.failed' })
  })
})
