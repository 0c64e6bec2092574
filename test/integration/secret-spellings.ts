/** Every way in which a secret is likely to be spelled out when it leaks. */
export function spellingsOf(secret: string): readonly string[] {
  const form = new URLSearchParams({ v: secret }).toString().slice(2)
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      encodeURI(secret),
      form,
      json,
      JSON.stringify(json).slice(1, -1),
      Buffer.from(secret).toString('hex'),
      ...[0, 1, 2].map((offset) => insideBase64(secret, offset)),
    ]),
  ]
}

/** What of the secret shows in Base64 whatever stands around it, when it begins `offset` bytes after a group of three. */
function insideBase64(secret: string, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString('base64url')
  const first = Math.ceil((offset * 4) / 3)
  const last = text.length - ((Buffer.byteLength(secret) + offset) % 3 === 0 ? 0 : 1)
  return text.slice(first, last)
}

/** Names of the texts in which a secret shows, with the secret's name: never the secret. */
export function leaksIn(
  texts: ReadonlyMap<string, string>,
  secrets: ReadonlyMap<string, string>,
): readonly string[] {
  const leaks: string[] = []
  for (const [secretName, secret] of secrets) {
    const spellings = spellingsOf(secret)
    for (const [textName, text] of texts) {
      // Base64 in both alphabets, by making them one.
      const comparable = text.replaceAll('+', '-').replaceAll('/', '_')
      const shows = spellings.some((spelling) => text.includes(spelling) || comparable.includes(spelling))
      if (shows) leaks.push(`${secretName} in ${textName}`)
    }
  }
  return leaks
}
