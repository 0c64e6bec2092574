import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageFromNpm } from './from-npm.ts'

/** The lowest version that is promised of each line, and the newest there was of the others. */
export const promisedNodes = ['20.19.0', '22.13.0', '22.23.3', '24.21.0', '26.10.0'] as const

/** Path of the program of exactly this version. The running one needs no download. */
export async function nodeProgram(version: string): Promise<string> {
  if (`v${version}` === process.version) return process.execPath
  const { platform, arch } = process
  // Where the package `node` itself takes its program from, by a script that npm may refuse to run.
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'
  const directory = await packageFromNpm(`${prefix}-${platform}-${arch}`, version)
  const program = join(directory, 'bin', 'node')
  const { stdout } = await promisify(execFile)(program, ['--version'])
  if (stdout.trim() !== `v${version}`) throw new Error(`${program} is ${stdout.trim()}, not v${version}`)
  return program
}
