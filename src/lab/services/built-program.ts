import { fileURLToPath } from 'node:url'

/**
 * Path of a program in `dist`, given relative to `src/lab` without its ending. Works from the sources too, because
 * Node 20 cannot run TypeScript: tests build first.
 */
export function builtProgram(name: string): string {
  const lab = new URL('..', import.meta.url)
  return fileURLToPath(new URL(`${name}.js`, lab)).replace(/([\\/])src([\\/]lab[\\/])/, '$1dist$2')
}
