import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { engineNames, type ServerEngine } from './server-engine.ts'

const run = promisify(execFile)

export interface ServerVersion {
  readonly engine: ServerEngine
  /** As the program writes it, for example `10.11.19-MariaDB-0+deb12u1` or `9.7.4`. */
  readonly version: string
}

/** Asks a server program what it is; on Debian `mysqld` may well be MariaDB. null: it is no such program. */
export async function readServerVersion(binary: string): Promise<ServerVersion | null> {
  const text = await firstOutput(binary)
  const version = /\bVer\s+(\S+)/.exec(text)?.[1]
  if (version === undefined) return null
  return { engine: text.includes(engineNames.mariadb) ? 'mariadb' : 'mysql', version }
}

async function firstOutput(binary: string): Promise<string> {
  try {
    return (await run(binary, ['--no-defaults', '--version'], { timeout: 20_000 })).stdout
  } catch {
    // Not there, not a program, or for another processor: all mean that it cannot be used.
    return ''
  }
}
