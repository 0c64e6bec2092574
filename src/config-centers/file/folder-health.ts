import { access, constants } from 'node:fs/promises'
import type { CenterServerHealth } from '../../core/ports/config-center.ts'
import type { DocumentFolder } from './change-document.ts'
import { findRoot } from './document-place.ts'
import { fileFailure } from './file-failure.ts'

/** Whether documents in the folder can be read and written by this user. Never throws. */
export async function folderHealth(folder: DocumentFolder): Promise<CenterServerHealth> {
  const server = folder.directory
  try {
    const root = await findRoot(folder.name, folder.directory)
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK)
    await folder.keeper.requireUsable()
    return { server, healthy: true, detail: 'can be read and written' }
  } catch (error) {
    const { message } = fileFailure(error, `${folder.name} cannot be written`, folder.directory)
    return { server, healthy: false, detail: message }
  }
}
