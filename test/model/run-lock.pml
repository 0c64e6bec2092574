/*
 * The lock of a run as a model: two runners, one of which may be stopped at any moment and wake up later, and a person
 * who breaks its lock. src/databases/run-lock.ts, break-run-lock.ts, server-session.ts.
 *
 * Promise: after another runner has taken the lock, no statement of the old one reaches the server any more, whenever it
 * was stopped and however long. Being stopped (SIGSTOP, a suspended machine) needs no model of its own: it is a process
 * that does not move, and every process may fail to move for as long as it likes.
 */

#define NOBODY 0
#define OLD 1
#define NEW 2
#define BREAKER 3
#define DEEDS 2

byte row = NOBODY;      /* the run that cutover_kit.run_lock names */
byte name = NOBODY;     /* whose session holds GET_LOCK; the server lets go of it when that session ends */
bool session[3];        /* the runner has a live session for its statements, marked with its lock id */
byte holder = NOBODY;   /* who took the lock last */
bool no_deed_of_an_old_holder = true

inline deed(r) {
  printf("runner: deed of %d\n", r);
  no_deed_of_an_old_holder = (holder == r);
  assert(no_deed_of_an_old_holder)
}

/* A session is open and marked before the row is read: whoever breaks the lock after that finds the session. */
#ifdef CHECK_BEFORE_CONNECT
inline connect(r) {
  if
  :: atomic { row == r } -> atomic { session[r] = true; printf("runner: %d connects\n", r) }
  :: atomic { row != r } -> goto lost
  fi
}
#else
#ifdef CONNECT_WITHOUT_CHECK
inline connect(r) {
  atomic { session[r] = true; printf("runner: %d connects\n", r) }
}
#else
inline connect(r) {
  atomic { session[r] = true; printf("runner: %d connects\n", r) }
  if
  :: atomic { row == r }
  :: atomic { row != r -> session[r] = false; goto lost }
  fi
}
#endif
#endif

proctype Runner(byte r) {
  byte done = 0;
  atomic { name == NOBODY -> name = r }
  if
  :: atomic { row == NOBODY -> row = r; holder = r; printf("runner: %d takes the lock\n", r) }
  :: atomic { row != NOBODY -> name = NOBODY; goto end }
  fi;
  connect(r);
  do
  :: done < DEEDS ->
#ifndef NO_CHECK_BEFORE_DEED
     /* guard-ports.ts, before every deed */
     if
     :: atomic { row == r }
     :: atomic { row != r -> goto lost }
     fi;
#endif
     /* Stopped here, it wakes up with its check behind it. */
     do
     :: atomic { session[r] -> deed(r); done++; break }
     :: atomic { !session[r] } -> connect(r)
     od
  :: done == DEEDS -> break
  od;
  /* Nothing is left to do: the row is freed when it is still its own, and the sessions end. */
  atomic { if :: row == r -> row = NOBODY :: else fi };
lost:
  atomic { session[r] = false; if :: name == r -> name = NOBODY :: else fi }
end:
  skip
}

/*
 * cutover unlock: the row goes to whoever breaks the lock, the old sessions are ended, and only then is the row free.
 */
proctype Breaker() {
endUnneeded:
  atomic { row == OLD };
#ifdef END_SESSIONS_BEFORE_ROW
  atomic { session[OLD] = false; printf("operator: ends the old sessions\n") };
#endif
  if
#ifdef FREE_AT_ONCE
  :: atomic { row == OLD -> row = NOBODY; printf("operator: frees the row\n") }
#else
  :: atomic { row == OLD -> row = BREAKER; printf("operator: breaks the row\n") }
#endif
  :: atomic { row != OLD -> goto end } /* it ended by itself meanwhile */
  fi;
#ifndef END_SESSIONS_BEFORE_ROW
#ifndef LEAVE_SESSIONS
  atomic { session[OLD] = false; printf("operator: ends the old sessions\n") };
#endif
#endif
  atomic { if :: name == OLD -> name = NOBODY; printf("operator: ends the lock's session\n") :: else fi };
  atomic { if :: row == BREAKER -> row = NOBODY; printf("operator: frees the row\n") :: else fi };
end:
  skip
}

/* Any session may be lost by itself: a broken connection, a server that ends what is idle. Once each is enough. */
proctype Network() {
endFirst:
  do
  :: atomic { session[OLD] -> session[OLD] = false; printf("operator: the network loses the old session\n"); break }
  od;
endSecond:
  atomic { name == OLD -> name = NOBODY }
}

init {
  atomic { run Network(); run Runner(OLD); run Runner(NEW); run Breaker() }
}
