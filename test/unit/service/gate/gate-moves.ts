import { array, constant, constantFrom, integer, nat, option, record, type Arbitrary } from 'fast-check'

/** One thing that happens to a gate. `pick` chooses among those there are, such as the units under way. */
export type Move =
  | { readonly move: 'tryEnter' | 'release' | 'abort' | 'refuse' }
  | {
      readonly move: 'enter'
      readonly key: string | undefined
      readonly bytes: number
      readonly signal: 'none' | 'live' | 'gone'
    }
  | { readonly move: 'leave' | 'gone'; readonly pick: number }
  | { readonly move: 'advance' | 'stall'; readonly ms: number }
  | { readonly move: 'close'; readonly step: number; readonly limitMs: number; readonly inMs: number }

const enter: Arbitrary<Move> = record({
  move: constant('enter' as const),
  key: option(constantFrom('a', 'b'), { nil: undefined }),
  bytes: nat(40),
  signal: constantFrom('none', 'none', 'live', 'gone'),
})
const leave: Arbitrary<Move> = record({ move: constant('leave' as const), pick: nat(20) })
const gone: Arbitrary<Move> = record({ move: constant('gone' as const), pick: nat(20) })
const advance: Arbitrary<Move> = record({ move: constant('advance' as const), ms: nat(60) })
const stall: Arbitrary<Move> = record({ move: constant('stall' as const), ms: nat(150) })
const close: Arbitrary<Move> = record({
  move: constant('close' as const),
  step: integer({ min: -1, max: 2 }),
  limitMs: nat(120),
  inMs: constantFrom(0, 0, 0, 30),
})
const simple = (move: 'tryEnter' | 'release' | 'abort' | 'refuse'): Arbitrary<Move> => constant({ move })

function weighted(weights: readonly (readonly [number, Arbitrary<Move>])[]): Arbitrary<Move> {
  return constantFrom(
    ...weights.flatMap(([weight, arbitrary]) => Array.from({ length: weight }, () => arbitrary)),
  ).chain((arbitrary) => arbitrary)
}

/** A night at a gate. `stalls`: now and then the event loop stands still, so that time passes and no timer fires. */
export function arbitraryMoves(stalls: boolean): Arbitrary<readonly Move[]> {
  const usual: (readonly [number, Arbitrary<Move>])[] = [
    [8, enter],
    [3, simple('tryEnter')],
    [7, leave],
    [2, gone],
    [3, advance],
    [4, close],
    [2, simple('release')],
    [2, simple('abort')],
    [1, simple('refuse')],
  ]
  return array(weighted(stalls ? [...usual, [5, stall]] : usual), { maxLength: 60, size: 'max' })
}
