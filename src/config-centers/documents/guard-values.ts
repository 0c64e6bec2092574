import { CutoverError } from '../../core/errors.ts'

/** Why the value that stands in a document is not the kit's to replace; undefined when it is. */
export function obstacleOf(value: string): string | undefined {
  if (value.includes('${')) return 'holds a placeholder, its value comes from elsewhere'
  if (looksEncrypted(value)) return 'is encrypted'
  return undefined
}

/** Refuses a value that no document can hold plainly, or that a service would read as something else. */
export function requireWritable(path: string, value: string): void {
  const reason = unwritable(value)
  if (reason === undefined) return
  throw new CutoverError('system.refused', `the new value of ${path} ${reason}`, {
    where: path,
    hint: 'Choose another value.',
  })
}

function unwritable(value: string): string | undefined {
  // With the u flag the surrogates match halves of characters only.
  if (/[\p{Cc}\u2028\u2029\uFEFF\uFFFE\uFFFF\uD800-\uDFFF]/u.test(value)) {
    return 'holds control characters or broken Unicode'
  }
  if (value.includes('${')) return 'holds ${, which services read as a placeholder'
  if (looksEncrypted(value)) return 'looks encrypted, services would try to decrypt it'
  return undefined
}

function looksEncrypted(value: string): boolean {
  return /^\s*(ENC\(|\{cipher\}|CIPHER\(|cipher-)/i.test(value)
}
