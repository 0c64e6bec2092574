import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from './cache-directory.ts'

export interface DebianMirror {
  readonly uri: string
  readonly keyring: string
}

const standard: DebianMirror = {
  uri: 'http://deb.debian.org/debian',
  keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
}

/** The mirror of Debian's main archive that this machine's own package sources use. */
export async function findDebianMirror(): Promise<DebianMirror> {
  for (const file of await sourceFiles()) {
    const uri = mainArchive(await readFile(file, 'utf8'))
    if (uri !== undefined) return { uri, keyring: standard.keyring }
  }
  return standard
}

async function sourceFiles(): Promise<readonly string[]> {
  const parts = '/etc/apt/sources.list.d'
  const names = (await exists(parts)) ? await readdir(parts) : []
  const files = names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(parts, name))
  const list = '/etc/apt/sources.list'
  return (await exists(list)) ? [list, ...files] : files
}

/** Reads both notations: `deb [options] URI suite …` and the `URIs:` field. */
function mainArchive(text: string): string | undefined {
  for (const line of text.split('\n')) {
    const uri = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line)?.[1] ?? /^URIs:\s*(\S+)/i.exec(line)?.[1]
    if (uri !== undefined && /\/debian\/?$/.test(uri)) return uri
  }
  return undefined
}
