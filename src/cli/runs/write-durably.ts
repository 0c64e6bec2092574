import { open } from 'node:fs/promises'

/** Writes a new file, readable by its owner only, and resolves when its content is on disk. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
