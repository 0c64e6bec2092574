/** One entry of an Accept or Accept-Language header, in lower case. */
interface Wish {
  readonly value: string
  /** From 0 (never) to 1. */
  readonly quality: number
  readonly order: number
}

// A header is sent by anybody; nobody means more than this many entries.
const maxWishes = 50

/** The offered media type the client likes best; the first one when it likes none of them or says nothing. */
export function preferredType<T extends string>(
  accept: string | undefined,
  offered: readonly [T, ...T[]],
): T {
  return preferred(accept, offered, typeMatch)
}

/** The offered language the client likes best; `zh-TW` is content with `zh`, and `en` with `en-GB`. */
export function preferredLanguage<T extends string>(
  accept: string | undefined,
  offered: readonly [T, ...T[]],
): T {
  return preferred(accept, offered, languageMatch)
}

function preferred<T extends string>(
  header: string | undefined,
  offered: readonly [T, ...T[]],
  match: (wish: string, offer: string) => number,
): T {
  const wishes = wishesOf(header ?? '')
  const ranked = offered.flatMap((offer) => {
    const closest = wishes
      .map((wish) => ({ offer, wish, closeness: match(wish.value, offer.toLowerCase()) }))
      .filter(({ closeness }) => closeness > 0)
      .sort((a, b) => b.closeness - a.closeness || b.wish.quality - a.wish.quality)[0]
    return closest === undefined || closest.wish.quality === 0 ? [] : [closest]
  })
  ranked.sort(
    (a, b) => b.wish.quality - a.wish.quality || b.closeness - a.closeness || a.wish.order - b.wish.order,
  )
  return ranked[0]?.offer ?? offered[0]
}

function wishesOf(header: string): readonly Wish[] {
  return header
    .toLowerCase()
    .split(',', maxWishes)
    .map((entry, order) => {
      const [value = '', ...parameters] = entry.split(';').map((part) => part.trim())
      const quality = parameters.find((part) => part.startsWith('q='))?.slice(2)
      return { value, quality: qualityOf(quality), order }
    })
    .filter(({ value }) => value !== '')
}

function qualityOf(text: string | undefined): number {
  if (text === undefined) return 1
  const quality = Number(text)
  return Number.isNaN(quality) ? 0 : Math.min(1, Math.max(0, quality))
}

function typeMatch(wish: string, offer: string): number {
  if (wish === offer) return 3
  if (wish === '*/*') return 1
  return wish === `${primary(offer, '/')}/*` ? 2 : 0
}

function languageMatch(wish: string, offer: string): number {
  if (wish === offer) return 5
  if (wish === '*') return 1
  if (primary(wish, '-') === offer) return 4
  if (wish === primary(offer, '-')) return 3
  return primary(wish, '-') === primary(offer, '-') ? 2 : 0
}

function primary(text: string, separator: string): string {
  return text.split(separator, 1)[0] ?? ''
}
