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

/** The value as it appears plain, in a URL, in JSON and in Base64. */
function spellings(value: string): Set<string> {
  const json = JSON.stringify(value).slice(1, -1)
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '')
  return new Set([value, encodeURIComponent(value), json, base64])
}
