import { CutoverError } from '../../core/errors.ts'
import type { DocumentRef } from '../../core/ports/config-center.ts'

/**
 * Refuses what no service could use or no center keeps as it is.
 * @param center the system's name in the playbook.
 * @throws CutoverError `system.refused` for a blank text and for one with halves of characters.
 */
export function requireStorable(center: string, ref: DocumentRef, content: string): void {
  const where = `${ref.dataId} in ${center}`
  if (content.trim() === '') {
    throw new CutoverError('system.refused', `${where} would become empty; that is not stored`, { where })
  }
  // With the u flag this matches halves of characters only.
  if (/[\ud800-\udfff]/u.test(content)) {
    throw new CutoverError('system.refused', `the new text of ${where} is not valid Unicode`, { where })
  }
}
