import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Path of a program in `dist`, given relative to `src/lab` without its ending. From wherever this file runs: Node 20
 * cannot run the sources, and a bench builds only what it imports.
 */
export function builtProgram(name: string): string {
  return join(packageDirectory(fileURLToPath(import.meta.url)), 'dist', 'lab', `${name}.js`)
}

function packageDirectory(path: string): string {
  const directory = dirname(path)
  const isRoot = existsSync(join(directory, 'package.json')) || directory === path
  return isRoot ? directory : packageDirectory(directory)
}
