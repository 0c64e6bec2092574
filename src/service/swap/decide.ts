/**
 * What the notice says of the run that closed the gate. `holding`: it goes on. `done`: it has finished. `called-off`: the
 * run itself took its order back (armed again, undone), which it never does once it has released. `withdrawn`: its word
 * is gone (removed, another run's). `expired`: read after its expiry, it was not prolonged. `silent`: its expiry has
 * passed, and the config center has not been read since.
 */
export type WordOfRun = 'holding' | 'done' | 'called-off' | 'withdrawn' | 'expired' | 'silent'

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
  /** When it was first heard that the run was called off; undefined: it was not. */
  readonly calledOffAt: number | undefined
  readonly release: ReleaseSeen
  /** When the target was asked. */
  readonly releaseAsOf: number
}

export type Decision = 'stay' | 'refuse' | 'to-target' | 'to-source'

/** Evidence that is older says nothing any more: the process may have stood still in between, milliseconds. */
export const freshMs = 5000

/** When a run is called off, its target is waited for so long: it may be what the run failed at. Milliseconds. */
export const targetPatienceMs = 1000

/**
 * What becomes of a gate that is not open. The first row that applies:
 *
 * | the hold has reached its limit, or the run's word has run out | refuse, once |
 * | the target has released the writes                            | to the target |
 * | the run is over or withdrawn, and the target, asked after     | to the source |
 * | that, has no release                                          |               |
 * | the run says that it was called off, and the target has not   | to the source |
 * | answered since, for a second                                  |               |
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

function mayReopen({ nowMs, word, wordAsOf, calledOffAt, release, releaseAsOf }: Evidence): boolean {
  if (word !== 'called-off' && word !== 'withdrawn' && word !== 'expired') return false
  if (nowMs - wordAsOf > freshMs || release === 'unclear') return false
  // Asked in this order: a release that came in between is seen.
  if (release === 'absent' && releaseAsOf >= wordAsOf) return true
  const isSilent = release === 'unknown' || releaseAsOf < (calledOffAt ?? 0)
  return calledOffAt !== undefined && isSilent && nowMs - calledOffAt >= targetPatienceMs
}
