import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLab, type Lab } from '../../src/lab/open-lab.ts'
import { startTcpProxy, type TcpProxy } from '../../src/lab/proxy/start-tcp-proxy.ts'
import type { RunningDatabase } from '../../src/lab/servers/running-database.ts'
import type { ServerEngine } from '../../src/lab/servers/server-engine.ts'
import { readWorld, resetLab } from '../crash/crash-lab.ts'
import type { Stage } from '../crash/crash-round.ts'
import { playbooks } from '../integration/cutover-lab.ts'
import { runHeld } from './run-held.ts'
import { openSmallDisk, type SmallDisk } from './small-disk.ts'

/** A lab in which the runner, and nobody else, reaches both servers through proxies. */
export interface FaultStage extends Stage, AsyncDisposable {
  readonly proxies: { readonly source: TcpProxy; readonly target: TcpProxy }
  /** Where runs may be kept whose disk is to be full. */
  readonly disk: SmallDisk
}

/** Opens the lab and has one run in it without any fault: what it leaves and reports is the measure for the others. */
export async function openFaultStage(engine: ServerEngine): Promise<FaultStage> {
  const direct = await openLab({
    engine,
    rows: 1000,
    seed: 7,
    sharedAccount: false,
    signal: AbortSignal.timeout(180_000),
    say: () => undefined,
  })
  const opened: AsyncDisposable[] = [direct]
  const close = async (): Promise<void> => {
    for (const part of opened.toReversed()) await part[Symbol.asyncDispose]()
  }
  try {
    const { source, target } = direct.pair
    const proxies = {
      source: await startTcpProxy({ to: source }),
      target: await startTcpProxy({ to: target }),
    }
    opened.push(proxies.source, proxies.target)
    const lab = throughProxies(direct, proxies)
    const disk = await openSmallDisk(join(lab.directory, 'small'))
    opened.push(disk)
    const playbook = await writePlaybook(lab)
    const before = await readWorld(lab)
    const whole = await runHeld(lab, ['run', playbook, '--agree-all'])
    if (whole.exitCode !== 0) throw new Error(`the run without a fault failed: ${whole.said}`)
    const completed = await readWorld(lab)
    await resetLab(lab, before)
    const { moments } = whole
    return { lab, proxies, disk, playbook, before, completed, moments, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

function throughProxies(lab: Lab, { source, target }: FaultStage['proxies']): Lab {
  const environment = {
    ...lab.environment,
    SOURCE_PORT: String(source.port),
    TARGET_PORT: String(target.port),
  }
  return { ...lab, environment }
}

/** The shipped one with its own deadlines: most of them may pass. Services get the servers' true addresses. */
async function writePlaybook(lab: Lab): Promise<string> {
  const text = await readFile(join(playbooks, 'stop-write.yaml'), 'utf8')
  const { source, target } = lab.pair
  const changed = [
    [/port: \$\{SOURCE_PORT:-3306\}/, (line: string) => `${line}\n    ${serviceAddress(source)}`],
    [/port: \$\{TARGET_PORT:-3306\}/, (line: string) => `${line}\n    ${serviceAddress(target)}`],
    // A second between two looks is for people; there are many rounds.
    [/every: 1s/, () => 'every: 100ms'],
  ] as const
  const file = join(lab.directory, 'playbook.yaml')
  await writeFile(
    file,
    changed.reduce((now, [pattern, by]) => now.replace(pattern, by), text),
  )
  return file
}

function serviceAddress({ host, port }: RunningDatabase): string {
  return `serviceAddress: '${host}:${port}'`
}
