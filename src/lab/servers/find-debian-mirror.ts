import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from './cache-directory.ts'

/** What Debian's archive is signed with; only a Debian machine has it. */
export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

const standardMirror = 'http://deb.debian.org/debian'

/** The mirror of Debian's main archive that this machine's own package sources use. */
export async function findDebianMirror(): Promise<string> {
  for (const file of await sourceFiles()) {
    const uri = findMainArchive(await readFile(file, 'utf8'))
    if (uri !== undefined) return uri
  }
  return standardMirror
}

async function sourceFiles(): Promise<readonly string[]> {
  const parts = '/etc/apt/sources.list.d'
  const names = (await exists(parts)) ? await readdir(parts) : []
  const files = names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(parts, name))
  const list = '/etc/apt/sources.list'
  return (await exists(list)) ? [list, ...files] : files
}

/** The main archive in the text of a sources file: `deb [options] URI suite …` or the `URIs:` field. */
export function findMainArchive(text: string): string | undefined {
  for (const line of text.split('\n')) {
    const uri = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line)?.[1] ?? /^URIs:\s*(\S+)/i.exec(line)?.[1]
    if (uri !== undefined && /\/debian\/?$/.test(uri)) return uri
  }
  return undefined
}
