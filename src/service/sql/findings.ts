/** What was met while a statement was read, as bits of one number. */
export const findings = {
  /** `:=` */
  assigns: 1,
  /** INTO @variable */
  intoVariable: 2,
  /** INTO anything else: a file, a table. */
  intoOther: 4,
  /** UPDATE, LOCK or FOR SHARE, which in a query ask for locks. */
  locks: 8,
  /** A reserved word that begins a change, in a place where a query has none. */
  changes: 16,
  /** Takes from a sequence, or calls what is known to write. */
  writes: 32,
  /** The session has something afterwards: a lock by name, LAST_INSERT_ID(x), FOUND_ROWS. */
  sessionState: 64,
  /** Calls a function that is not one of those which only compute. */
  unknownCall: 128,
  /** The second token is a colon: what looks like a verb is a label. */
  labelled: 256,
  /** A bracket with a query in it. */
  subquery: 512,
  /** The word FROM, or TABLE: a query with it reads a table. */
  from: 1024,
} as const

/** A query that has one of these is no read. */
export const writesInQuery = findings.intoOther | findings.locks | findings.changes | findings.writes

/** The session is another one after a statement that has one of these. */
export const leavesBehind = findings.assigns | findings.intoVariable | findings.sessionState
