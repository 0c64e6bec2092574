/** Lines are shown together after so long, milliseconds: one at a time they would take their time from users who wait. */
const togetherMs = 50

/** Lines on their way to a terminal, in their order. */
export interface LineBuffer {
  /** @param when `soon`: with those that come in the next moment. */
  add(text: string, when: 'now' | 'soon'): void
  /** While held nothing is written; what had come before is written first. */
  hold(on: boolean): void
  /** From now on every line is written at once. */
  end(): void
}

/** @param write is given everything that has come together; never the empty text. */
export function createLineBuffer(write: (text: string) => void): LineBuffer {
  let kept: string[] = []
  let isHeld = false
  let hasEnded = false
  let soon: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(soon)
    soon = undefined
    if (kept.length === 0) return
    const text = kept.join('')
    kept = []
    write(text)
  }
  return {
    add(text, when) {
      kept.push(text)
      if (isHeld) return
      if (when === 'now' || hasEnded) flush()
      else soon ??= setTimeout(flush, togetherMs)
    },
    hold(on) {
      flush()
      isHeld = on
    },
    end() {
      hasEnded = true
      isHeld = false
      flush()
    },
  }
}
