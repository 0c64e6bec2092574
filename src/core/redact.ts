import type { Secret } from './secret.ts'

/** Removes known secret values from text: the second net behind {@link Secret}, for every sink. */
export interface Redactor {
  /** Values shorter than 6 characters are not removed, they would also hit ordinary words. */
  add(secret: Secret): void
  redact(text: string): string
}

export function createRedactor(): Redactor {
  const forms = new Map<string, string>()
  return {
    add(secret) {
      const value = secret.reveal()
      if (value.length < 6) return
      for (const form of spellings(value)) forms.set(form, String(secret))
    },
    redact(text) {
      // Longest first, so that a secret that contains another one is replaced whole.
      let result = text
      for (const form of [...forms.keys()].sort((a, b) => b.length - a.length)) {
        result = result.replaceAll(form, forms.get(form) ?? '‹secret›')
      }
      return result
    },
  }
}

/** The value as it appears plain, in a URL, in a form, in JSON, in JSON inside JSON, and within Base64. */
function spellings(value: string): Set<string> {
  const form = new URLSearchParams({ v: value }).toString().slice(2)
  const json = JSON.stringify(value).slice(1, -1)
  const base64 = [0, 1, 2].flatMap((offset) => insideBase64(value, offset))
  const url = encodeURIComponent(value)
  return new Set([value, url, form, json, JSON.stringify(json).slice(1, -1), ...base64])
}

/** What shows of the value, in both alphabets, when it begins so many bytes after a group of three. */
function insideBase64(value: string, offset: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)])
  const text = bytes.toString('base64url')
  // The first and last signs also depend on the bytes around the value.
  const inside = text.slice(Math.ceil((offset * 4) / 3), bytes.length % 3 === 0 ? undefined : -1)
  return [inside, inside.replaceAll('-', '+').replaceAll('_', '/')]
}
