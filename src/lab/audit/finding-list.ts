const shownIds = 5

/** Collects what is wrong, each with how often and the first few ids. */
export class FindingList {
  readonly #ids = new Map<string, string[]>()

  /** @param what a sentence without its subject's number, such as `acknowledged orders are not on the target`. */
  add(what: string, id: string): void {
    const ids = this.#ids.get(what)
    if (ids) ids.push(id)
    else this.#ids.set(what, [id])
  }

  count(what: string): number {
    return this.#ids.get(what)?.length ?? 0
  }

  sentences(): string[] {
    return [...this.#ids].map(([what, ids]) => {
      const more = ids.length > shownIds ? ', …' : ''
      return `${ids.length} ${what}: ${ids.slice(0, shownIds).join(', ')}${more}`
    })
  }
}
