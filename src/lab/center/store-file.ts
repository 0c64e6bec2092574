import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { StoreImage } from './document-store.ts'

/** Reads what an earlier server saved; undefined when there is no file yet. @throws when the file is not its own. */
export function loadImage(file: string): StoreImage | undefined {
  if (!existsSync(file)) return undefined
  return JSON.parse(readFileSync(file, 'utf8')) as StoreImage
}

/** Replaces the file whole, so that a crash leaves the old or the new documents, never half of them. */
export function saveImage(file: string, image: StoreImage): void {
  const next = `${file}.next`
  writeFileSync(next, JSON.stringify(image), { mode: 0o600 })
  renameSync(next, file)
}
