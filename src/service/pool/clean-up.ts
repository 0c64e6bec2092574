import type { Session, SessionHolder } from './session.ts'
import type { TransactionState } from './transaction-state.ts'

/** Gives the session of a lease back as the next one may have it. */
export function handBack(session: Session, state: TransactionState): void {
  if (state.isIdle && state.autocommit) session.source.give(session)
  else cleanUp(session, state)
}

/**
 * Ends a transaction that a lease has left open, and puts autocommit back, before anybody else gets the session: the
 * next one would go on in a stranger's transaction. The unit ends with it.
 */
function cleanUp(session: Session, state: TransactionState): void {
  const { connection, source } = session
  let isDone = false
  const finish = (error: unknown): void => {
    if (isDone) return
    isDone = true
    state.forget()
    if (error === null || error === undefined) source.give(session)
    else source.drop(session)
  }
  // The lease is no more. The driver tells a command nothing whose connection is closed by this side.
  session.holder = { ...nobody, onSessionEnd: finish }
  if (state.autocommit) connection.query('ROLLBACK', finish)
  else {
    connection.query('ROLLBACK', (error) => {
      if (error) finish(error)
      else connection.query('SET autocommit = 1', finish)
    })
  }
}

const nobody: Omit<SessionHolder, 'onSessionEnd'> = {
  wantsSession: false,
  onSession: () => undefined,
  onNoSession: () => undefined,
  onMove: () => undefined,
  letGo: () => false,
}
