/**
 * What the notice says of the run that closed the gate. `holding`: it goes on. `done`: it has finished. `withdrawn`: it
 * was taken back (armed again, undone, removed, another run's). `expired`: read after its expiry, it was not prolonged.
 * `silent`: its expiry has passed, and the config center has not been read since.
 */
export type WordOfRun = 'holding' | 'done' | 'withdrawn' | 'expired' | 'silent'

/**
 * What the target says of the run. `seen`: it has released the service's writes. `absent`: it has not. `unclear`: a
 * holder of the run's lock that was replaced has. `unknown`: it has not answered.
 */
export type ReleaseSeen = 'seen' | 'absent' | 'unclear' | 'unknown'

/** All that counts for a gate that is not open. Moments are of the monotonic clock, milliseconds. */
export interface Evidence {
  readonly nowMs: number
  readonly refusing: boolean
  /** The hold has lasted as long as it may. */
  readonly limitReached: boolean
  readonly word: WordOfRun
  /** When the config center was read. */
  readonly wordAsOf: number
  readonly release: ReleaseSeen
  /** When the target was asked. */
  readonly releaseAsOf: number
}

export type Decision = 'stay' | 'refuse' | 'to-target' | 'to-source'

/** Evidence that is older says nothing any more: the process may have stood still in between, milliseconds. */
export const freshMs = 5000

/**
 * What becomes of a gate that is not open. The first row that applies:
 *
 * | the hold has reached its limit, or the run's word has run out | refuse, once |
 * | the target has released the writes                            | to the target |
 * | the run is over or withdrawn, and the target, asked after     | to the source |
 * | that, has no release                                          |               |
 * | anything else                                                 | stay |
 *
 * So without evidence it never opens, and the release always wins.
 */
export function decide(evidence: Evidence): Decision {
  const { refusing, limitReached, word, release } = evidence
  if (!refusing && (limitReached || word === 'silent' || word === 'expired')) return 'refuse'
  if (release === 'seen') return 'to-target'
  return mayReopen(evidence) ? 'to-source' : 'stay'
}

function mayReopen({ nowMs, word, wordAsOf, release, releaseAsOf }: Evidence): boolean {
  if (word !== 'withdrawn' && word !== 'expired') return false
  if (release !== 'absent') return false
  // Asked in this order: a release that came in between is seen.
  return releaseAsOf >= wordAsOf && nowMs - wordAsOf <= freshMs
}
