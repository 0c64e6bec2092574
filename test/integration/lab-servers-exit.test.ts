import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const module = new URL('../../dist/lab/servers/start-database.js', import.meta.url).href

/** A process that owns a server, tells its pid and waits for what comes. */
const owner = `
  const [engine, directory, extra] = process.argv.slice(1)
  const { startDatabase } = await import(${JSON.stringify(module)})
  const database = await startDatabase({ engine, directory, serverId: 1 })
  if (extra === 'handles') process.on('SIGINT', () => process.exit(9))
  if (extra === 'throws') process.stdin.once('data', () => { throw new Error('a defect') })
  process.stdin.resume()
  console.log(database.pid)
`

let home: string
let child: ChildProcess | undefined

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lab-'))
})

afterEach(async () => {
  child?.kill('SIGKILL')
  child = undefined
  await rm(home, { recursive: true, force: true })
})

async function startOwner(engine: string, extra: string): Promise<{ owner: ChildProcess; server: number }> {
  child = spawn(process.execPath, ['--input-type=module', '-e', owner, engine, join(home, 'db'), extra], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> })
  const [line] = (await once(lines, 'line')) as [string]
  return { owner: child, server: Number(line) }
}

/** A zombie has ended too; who collects it is not ours to say. */
async function isAlive(pid: number): Promise<boolean> {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  return !/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8'))
}

describe.each(['mariadb', 'mysql'] as const)('when the process that owns a %s server ends', (engine) => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s, server and data go with it', async (signal) => {
    const { owner, server } = await startOwner(engine, '')
    expect(await isAlive(server)).toBe(true)
    const ended = once(owner, 'exit')
    owner.kill(signal)
    expect(await ended).toEqual([null, signal])
    await expect.poll(() => isAlive(server)).toBe(false)
    expect(existsSync(join(home, 'db'))).toBe(false)
  })

  it('by a signal it handles in its own way, its own exit code stands', async () => {
    const { owner, server } = await startOwner(engine, 'handles')
    const ended = once(owner, 'exit')
    owner.kill('SIGINT')
    expect(await ended).toEqual([9, null])
    await expect.poll(() => isAlive(server)).toBe(false)
    expect(existsSync(join(home, 'db'))).toBe(false)
  })

  it('by an error nobody caught, server and data go with it', async () => {
    const { owner, server } = await startOwner(engine, 'throws')
    const ended = once(owner, 'exit')
    owner.stdin?.write('now\n')
    expect(await ended).toEqual([1, null])
    await expect.poll(() => isAlive(server)).toBe(false)
    expect(existsSync(join(home, 'db'))).toBe(false)
  })

  it('by SIGKILL, which no handler sees, the server ends too', async () => {
    const { owner, server } = await startOwner(engine, '')
    owner.kill('SIGKILL')
    await expect.poll(() => isAlive(server)).toBe(false)
  })
})
