/*
 * The stop-write cutover as a model: playbooks/stop-write.yaml, run by src/runner, reduced to what decides whether a
 * write can be lost or land on both sides.
 *
 * For whoever has not seen Promela. The SPIN checker reads this file and visits every state that any interleaving of
 * the processes (`proctype`) can reach; nothing is random and nothing is sampled. A process is a loop (`do … od`) over
 * alternatives (`::`). An alternative may be taken when its first expression is true; when several may, every choice is
 * explored. `atomic { … }` is one indivisible move, which is how something is modelled that a server does at once. So
 * read `:: atomic { may_it_happen -> what_happens }` as "whenever this may happen, try that it happens now, and also
 * that it does not".
 *
 * Nothing here has a duration. A deadline that passes, a slow replica, a session nobody closes are all "it may happen
 * now or later", so no result depends on how fast anything is.
 *
 * Who is who
 *   Service       one instance and its connection pool (src/lab/services; any service in any language)
 *   Client        one write with its own primary key, sent again until it is acknowledged (src/lab/load)
 *   Replication   the sync task (src/sync): carries the source's log to the target, in order, at any pace
 *   Runner        src/runner/run-items.ts, run-step.ts, undo-steps.ts, with the steps and gates of the playbook
 *   Watch         no part of the kit: says at every state what must be true
 *
 * test/model/README.md tells what the macros leave out, what is checked, and what the model does not cover.
 */

#define SERVICES 2
#ifndef WRITES
#define WRITES 3
#endif

/*
 * The sessions of a service are of one of two kinds (src/databases/old-writers.ts); one bit per service, 1 = the first.
 *   in the schema   chose `orders` as default schema: the server keeps the write right it found then, so they write on
 *                   after a revoke until somebody ends them
 *   elsewhere       name the tables in full: the right is looked up when a statement begins, never again at COMMIT
 */
#ifndef IN_SCHEMA
#define IN_SCHEMA 1
#endif
#define inSchema(i) ((IN_SCHEMA >> (i)) & 1)

/* ---- Datasources: what orders.yaml in the config center may say, and what an instance may use -------------------- */
#define SOURCE 0      /* source as orders_app */
#define TARGET_RO 1   /* target as orders_ro, which never gets a write right */
#define TARGET_RW 2   /* target as orders_rw */

byte document = SOURCE;     /* the document in the config center; instances read it only when they (re)start */

/* ---- The two databases ------------------------------------------------------------------------------------------- */
bool sourceGrant = true;    /* orders_app may write on the source; the account fence takes it away */
bool targetGrant = false;   /* orders_rw may write on the target; given by allow-writes */
byte logLength = 0;         /* the source's GTID position: how many transactions it has committed */
byte sourceLog[WRITES];     /* which write each of them was */
byte onSource = 0;          /* the same as a set, one bit per write */
bool syncRuns = true;
byte applied = 0;           /* how much of the log the target has applied: always the oldest first */
byte copied = 0;            /* the same as a set */
byte written = 0;           /* writes that were committed on the target by the service itself */

#define bit(w) (1 << (w))
#define onTarget (copied | written)

/* ---- Services and clients ---------------------------------------------------------------------------------------- */
byte uses[SERVICES];        /* datasource this process read at its last start */
bool kept[SERVICES];        /* in the schema: the write right the server keeps with the session */
bool old[SERVICES];         /* numbered at or below `newestOld` of src/databases/account-fence.ts, and able to write */
byte unit[SERVICES];        /* elsewhere: 0, or 1 + the write of the transaction that is open on the source */
bool changed[SERVICES];     /* it has changed rows. Before: its right was checked, nothing is done yet */

byte acknowledged = 0;      /* writes whose client has heard "done". Every other may be sent (again) at any time: it was
                               never sent, was refused, or its answer got lost and the user tries once more */
byte begun = 0;             /* writes are alike, so they may as well begin in order: fewer states, nothing left out */

#define onSourceNow(i) (uses[i] == SOURCE)
#define grantOf(i) ((uses[i] == SOURCE && sourceGrant) || (uses[i] == TARGET_RW && targetGrant))
#define mayWrite(i) (inSchema(i) -> kept[i] : grantOf(i))
#define waiting(w) (!(acknowledged & bit(w)) && unit[0] != (w) + 1 && unit[1] != (w) + 1 && (w) <= begun)

/*
 * The session ends; its open transaction is rolled back. The pool connects again with the datasource it has, and the
 * server looks at the rights of that moment. A pool that waits before it connects can do nothing that this one cannot:
 * sessions may end at any time, so the moment of the next look is free.
 */
inline renewSession(i) {
  unit[i] = 0; changed[i] = false; old[i] = false; kept[i] = (inSchema(i) && grantOf(i))
}

/* The transaction is in the log. The answer arrives, or it is lost and the client knows nothing. An answer that is late
   needs no state of its own: what is promised early must be kept for longer. */
inline commit(i, w) {
  if
  :: uses[i] == SOURCE ->
       onSource = onSource | bit(w); sourceLog[logLength] = w; logLength++;
       printf("service %d: commits write %d on the source\n", i, w)
  :: else -> written = written | bit(w); printf("service %d: commits write %d on the target\n", i, w)
  fi;
  if
  :: acknowledged = acknowledged | bit(w); printf("client %d: acknowledged\n", w)
  :: printf("client %d: the answer is lost\n", w)
  fi
}

/* One row with the key of write w. A duplicate tells the client that its write is there. */
#define rowExists(i, w) ((uses[i] == SOURCE -> onSource : onTarget) & bit(w))

inline begin(i, w) {
  begun = (w == begun -> begun + 1 : begun);
  if
  :: !inSchema(i) && uses[i] == SOURCE ->
       unit[i] = w + 1; printf("service %d: begins write %d on the source, its right is checked\n", i, w)
  /* Everybody else writes in one move. In the schema an open transaction ends with its session, so to have begun it
     early gives nothing; on the target nobody takes rights away. */
  :: else ->
       if
       :: rowExists(i, w) -> acknowledged = acknowledged | bit(w)
       :: else -> commit(i, w)
       fi
  fi
}

proctype Service(byte i) {
end:
  do
  :: atomic { renewSession(i); printf("service %d: new session\n", i) }                              /* connection lost, or a restart from an old local copy */
  :: atomic { uses[i] != document ->                         /* a restart that reads the document */
       uses[i] = document; renewSession(i); printf("service %d: restarts, datasource %d\n", i, uses[i]) }
  :: atomic { unit[i] && !changed[i] ->                      /* the INSERT is carried out */
       if
       :: rowExists(i, unit[i] - 1) -> acknowledged = acknowledged | bit(unit[i] - 1); unit[i] = 0
       :: else -> changed[i] = true; printf("service %d: has changed rows\n", i)
       fi }
  :: atomic { changed[i] ->                                  /* COMMIT: no right is looked at any more */
       commit(i, unit[i] - 1); unit[i] = 0; changed[i] = false }
  od
}

proctype Client(byte w) {
end:
  do
  :: atomic { waiting(w) && mayWrite(0) && !unit[0] -> begin(0, w) }
  :: atomic { waiting(w) && mayWrite(1) && !unit[1] -> begin(1, w) }
  od
}

proctype Replication() {
end:
  do
  :: atomic { syncRuns && applied < logLength -> copied = copied | bit(sourceLog[applied]);
       printf("replication: write %d\n", sourceLog[applied]); applied++ }
  od
}

/* ---- The runner --------------------------------------------------------------------------------------------------- */

/* Items of the pause in the order of the playbook. Those that cannot make a difference here have no number: notices
   change nothing, the smoke test is a write like any other, and every instance may restart at any time anyway, so that
   a restart by the runner that works, is ignored or is late is in every run already. */
#define CONFIG_READ_ONLY 1
#define NO_SESSIONS 2          /* gate */
#define FENCE 3
#define WRITES_STOPPED 4       /* gate */
#ifdef GRANT_BEFORE_POSITION
#define ALLOW_WRITES 5
#define CONFIG_READ_WRITE 6
#define CAUGHT_UP 7            /* gate */
#define ROWS_MATCH 8           /* gate */
#define STOP_SYNC 9
#else
#define CAUGHT_UP 5            /* gate */
#define ROWS_MATCH 6           /* gate */
#define STOP_SYNC 7
#define ALLOW_WRITES 8
#define CONFIG_READ_WRITE 9
#endif
#define ITEMS 9

/* What the process is doing, and what a crash leaves of it: nothing. */
#define FORWARD 0
#define BACKWARD 1
#define DOWN 2                 /* crashed, or ended and not taken up */
byte mode = FORWARD;
byte item = CONFIG_READ_ONLY;
byte stage = 0;                /* where inside the item */
byte position = 0;             /* caught-up: 1 + the position it waits for */
bool markKnown = false;        /* the fence's `raised` map: this process marked the old sessions itself */
bool standing = false;         /* this walk back has left a step as it is */

/* The journal, folded (src/core/fold.ts): all that a new process knows. */
byte reached = 0;              /* the last step whose intention is recorded */
bool reachedDone = false;      /* and its outcome */
bool noReturn = false;
bool undoBegan = false;
short touched = 0;             /* steps that need an undo, one bit per item */
short undone = 0;
bool seenGrant = true;         /* before-image of the fence */
#define NOT_ENDED 0
#define COMPLETED 1
#define UNDONE 2
#define STOPPED 3              /* failed after the point of no return; resume is offered */
#define STRANDED 4             /* an undo failed for good; undo is offered */
byte ended = NOT_ENDED;

/* src/core/run-state.ts, waysOut. */
#define resumeOffered (ended != UNDONE && ended != COMPLETED && (noReturn || !undoBegan))
#ifdef UNDO_AFTER_RETURN
#define undoOffered (ended != UNDONE && ended != COMPLETED)
#else
#define undoOffered (ended != UNDONE && ended != COMPLETED && !noReturn)
#endif

#define isStep(k) (k != NO_SESSIONS && k != WRITES_STOPPED && k != CAUGHT_UP && k != ROWS_MATCH)

/* -- The fence: src/databases/account-fence.ts and end-old-writers.ts -- */
#define anyOldInSchema ((old[0] && inSchema(0)) || (old[1] && inSchema(1)))
/* `busy`: a statement whose right may have been checked before the fence. */
#define isRunning(i) (unit[i] && !changed[i])
#define anyOldRunning ((old[0] && isRunning(0)) || (old[1] && isRunning(1)))
/* What LOCK TABLES … READ would wait for: somebody has changed rows of the tables and not committed them. */
#define anyChanges (changed[0] || changed[1])
/* In the schema and able to write. The kit sees only the session, not what it may do; one that may not write can be
   away at the moment of the look, so it never decides. */
#define inSchemaOnSource(i) (onSourceNow(i) && inSchema(i) && kept[i])

/* What endOldWriters waits for, and what it ends. */
#if defined(KEEP_OLD_SESSIONS)
#define nothingOldLeft (!anyOldRunning && !anyChanges)
#elif defined(KEEP_OPEN_TRANSACTIONS)
#define nothingOldLeft (!anyOldInSchema && !anyOldRunning)
#elif defined(KEEP_RUNNING_STATEMENTS)
#define nothingOldLeft (!anyOldInSchema && !anyChanges)
#else
#define nothingOldLeft (!anyOldInSchema && !anyOldRunning && !anyChanges)
#endif

/* `gaps`: what keeps the fence from being up. A process that did not mark the old sessions itself must take every
   session for an old one, and every running statement too. */
#ifdef KEEP_OLD_SESSIONS
#define sessionGap false
#else
#define sessionGap (markKnown -> anyOldInSchema : (inSchemaOnSource(0) || inSchemaOnSource(1)))
#endif
#if defined(DOUBT_IGNORES_RUNNING) || defined(KEEP_RUNNING_STATEMENTS)
#define runningGap false
#else
#define runningGap (!markKnown && (isRunning(0) || isRunning(1)))
#endif

/* The gate writes-stopped (src/databases/prove-silence.ts): the fence has no gap, and the tables could be locked. */
#ifdef KEEP_OPEN_TRANSACTIONS
#define silent (!sourceGrant && !sessionGap && !runningGap)
#else
#define silent (!sourceGrant && !sessionGap && !runningGap && !anyChanges)
#endif

/* Sessions that could not write need no mark: it makes no difference whether they are ended. */
#define canStillWrite(i) (onSourceNow(i) && (kept[i] || unit[i]))
inline markOld() {
  old[0] = canStillWrite(0); old[1] = canStillWrite(1)
}

/* One move of raising the fence; `stage` says which. */
inline raiseFence() {
  if
#ifdef MARK_BEFORE_REVOKE
  :: stage == 2 -> markOld(); markKnown = true; printf("runner: marks the old sessions\n"); stage = 3
  :: stage == 3 -> sourceGrant = false; printf("runner: revokes on the source\n"); stage = 4
#else
  :: stage == 2 -> sourceGrant = false; printf("runner: revokes on the source\n"); stage = 3
  :: stage == 3 -> markOld(); markKnown = true; printf("runner: marks the old sessions\n"); stage = 4
#endif
#ifndef KEEP_OLD_SESSIONS
  :: stage == 4 && old[0] && inSchema(0) -> renewSession(0)
  :: stage == 4 && old[1] && inSchema(1) -> renewSession(1)
#endif
  /* Who is still busy or holds changes may finish; when the grace is over it is ended. */
  :: stage == 4 && old[0] && unit[0] -> renewSession(0)
  :: stage == 4 && old[1] && unit[1] -> renewSession(1)
  :: stage == 4 && nothingOldLeft -> old[0] = false; old[1] = false; stage = 9; printf("runner: nothing old is left\n")
  fi
}

/* -- Going forward: src/runner/run-step.ts -- */

/* `verify`: is the wanted state true? It decides about a step in doubt. */
#define holds(k) ( \
  (k == CONFIG_READ_ONLY && document == TARGET_RO) || \
  (k == FENCE && !sourceGrant && !sessionGap && !runningGap) || \
  (k == STOP_SYNC && !syncRuns) || \
  (k == ALLOW_WRITES && targetGrant) || \
  (k == CONFIG_READ_WRITE && document == TARGET_RW) )

inline recordDone() {
  printf("runner: item %d done\n", item); reachedDone = true; item++; stage = 0
}

/* Stage 0: settle a doubt, or look and record the intention. */
inline beginStep() {
  if
#ifdef REPEAT_BLINDLY
  :: false
  :: else ->
       seenGrant = (item == FENCE -> sourceGrant : seenGrant);
#else
  :: reached == item && !reachedDone && holds(item) ->
       noReturn = noReturn || item == ALLOW_WRITES;
       recordDone()
  :: else ->
       seenGrant = (item == FENCE && reached != item -> sourceGrant : seenGrant);
#endif
#ifdef POSITION_BEFORE_FENCE
       position = (item == FENCE -> logLength + 1 : position);
#endif
       printf("runner: item %d intended\n", item);
       reached = item; reachedDone = false; touched = touched | bit(item);
       stage = (item == ALLOW_WRITES -> 1 : 2)
  fi
}

/* The deed itself; everything but the fence is one statement or one request. */
inline act() {
  if
  :: item == CONFIG_READ_ONLY -> document = TARGET_RO; stage = 9
  :: item == STOP_SYNC -> syncRuns = false; stage = 9
  :: item == ALLOW_WRITES -> targetGrant = true; printf("runner: grants on the target\n"); stage = 9
  :: item == CONFIG_READ_WRITE -> document = TARGET_RW; stage = 9
  :: item == FENCE -> raiseFence()
  fi
}

/* -- Gates: src/runner/hold-gate.ts. A gate that stays closed fails by its deadline, see `fail` below. -- */
#ifdef NO_SPARE_GATES
#define gateOpen(k) ( \
  k == NO_SESSIONS || k == ROWS_MATCH || (k == WRITES_STOPPED && silent) )
#else
#define gateOpen(k) ( \
  (k == NO_SESSIONS && !canStillWrite(0) && !canStillWrite(1)) || \
  (k == ROWS_MATCH && onSource == onTarget) || \
  (k == WRITES_STOPPED && silent) )
#endif

inline holdCaughtUp() {
  if
#ifdef GRANT_BEFORE_APPLIED
  :: true -> item++; position = 0
#endif
  :: position == 0 -> position = logLength + 1; printf("runner: position %d\n", logLength)
  :: position && syncRuns && applied + 1 >= position -> item++; position = 0
  fi
}

/* -- Walking back: src/runner/undo-steps.ts. `item` goes from the last to the first. -- */
inline undoDeed() {
  if
  :: item == CONFIG_READ_WRITE -> document = TARGET_RO
  :: item == ALLOW_WRITES -> targetGrant = false
  :: item == STOP_SYNC -> syncRuns = true
  :: item == FENCE -> sourceGrant = seenGrant
  :: item == CONFIG_READ_ONLY -> document = SOURCE
  :: else
  fi
}

/* Undone before and something later was undone after it: it is due once more. */
inline recordUndone() {
  printf("runner: item %d undone\n", item); undone = undone | bit(item);
  touched = (touched & ~bit(item)) | (undone & (bit(item) - 1));
  item--; toNextUndo()
}

/* The next step to undo, counting down from `item`; 0: none is left. */
inline toNextUndo() {
  stage = 0;
  do
  :: item > 0 && !(touched & bit(item)) -> item--
  :: else -> break
  od
}

inline forgetMarks() {
  markKnown = false; old[0] = false; old[1] = false
}

inline startWalk() {
  printf("runner: walks back\n"); mode = BACKWARD; undoBegan = true; ended = NOT_ENDED; standing = false; position = 0; forgetMarks();
  reached = 0; reachedDone = false;     /* it never goes forward again */
  item = ITEMS; toNextUndo()
}

inline goDown() {
  mode = DOWN; item = 0; stage = 0; position = 0; standing = false; forgetMarks()
}

proctype Runner() {
end:
  do
  /* Forward. */
  :: atomic { mode == FORWARD && item <= ITEMS && isStep(item) ->
       if
       :: stage == 0 -> beginStep()
       :: stage == 1 -> noReturn = true; printf("runner: no return\n"); stage = 2               /* in the journal before the deed */
       :: stage >= 2 && stage < 9 -> act()
       :: stage == 9 && holds(item) -> recordDone()
       fi }
  :: atomic { mode == FORWARD && item == CAUGHT_UP -> holdCaughtUp() }
  :: atomic { mode == FORWARD && item <= ITEMS && !isStep(item) && gateOpen(item) -> printf("runner: gate %d open\n", item); item++ }
  :: atomic { mode == FORWARD && item > ITEMS -> printf("runner: completed\n"); ended = COMPLETED; goDown() }

  /* A deadline, an error, an operator's stop: at any moment. */
  :: atomic { mode == FORWARD && item <= ITEMS && !noReturn -> startWalk() }
  :: atomic { mode == FORWARD && item <= ITEMS && noReturn -> printf("runner: stopped\n"); ended = STOPPED; goDown() }

  /* Back. */
  :: atomic { mode == BACKWARD && item > 0 && stage == 0 -> undoDeed(); stage = 1 }
  :: atomic { mode == BACKWARD && item > 0 && stage == 1 -> recordUndone() }
  :: atomic { mode == BACKWARD && item > 0 ->                    /* this undo fails for good, its deed done or not */
       printf("runner: item %d cannot be undone\n", item); standing = true; item--; toNextUndo() }
  :: atomic { mode == BACKWARD && item == 0 ->
       ended = (standing -> STRANDED : UNDONE); goDown() }

  /* SIGKILL, between any two moves; and what a person may do with a run that is down. */
  :: atomic { mode != DOWN -> printf("runner: crashes\n"); goDown() }
  :: atomic { mode == DOWN && resumeOffered ->
       printf("operator: resume\n"); mode = FORWARD; ended = NOT_ENDED;
       item = (reached == 0 -> CONFIG_READ_ONLY : (reachedDone -> reached + 1 : reached)) }
  :: atomic { mode == DOWN && undoOffered -> startWalk() }
  od
}

/* ---- What must be true -------------------------------------------------------------------------------------------- */

/* One name per promise; SPIN prints the name of the one that was broken. */
bool s1_every_acknowledged_write_is_on_the_final_truth = true;
bool s2_no_write_is_made_on_both_sides = true;
bool s2_never_both_sides_writable = true;
bool undone_means_everything_is_as_before = true;
bool some_way_out_is_always_offered = true;
bool completed_means_the_target_has_everything = true;

#define truth (noReturn -> onTarget : onSource)
#define writableOnSource (sourceGrant || canStillWrite(0) || canStillWrite(1))
#define writableOnTarget (targetGrant || (uses[0] == TARGET_RW && kept[0]) || (uses[1] == TARGET_RW && kept[1]))
#define asBefore (sourceGrant && !targetGrant && syncRuns && document == SOURCE)

proctype Watch() {
end:
  if
  :: atomic { acknowledged & ~truth ->
       s1_every_acknowledged_write_is_on_the_final_truth = false;
       assert(s1_every_acknowledged_write_is_on_the_final_truth) }
  :: atomic { written & onSource ->
       s2_no_write_is_made_on_both_sides = false; assert(s2_no_write_is_made_on_both_sides) }
  :: atomic { writableOnSource && writableOnTarget ->
       s2_never_both_sides_writable = false; assert(s2_never_both_sides_writable) }
  :: atomic { ended == UNDONE && (!asBefore || (acknowledged & ~onSource)) ->
       undone_means_everything_is_as_before = false; assert(undone_means_everything_is_as_before) }
  :: atomic { ended == COMPLETED && ((onSource & ~onTarget) || !noReturn || writableOnSource) ->
       completed_means_the_target_has_everything = false;
       assert(completed_means_the_target_has_everything) }
  :: atomic { mode == DOWN && ended != COMPLETED && ended != UNDONE && !resumeOffered && !undoOffered ->
       some_way_out_is_always_offered = false; assert(some_way_out_is_always_offered) }
  fi
}

init {
  atomic {
    kept[0] = inSchema(0); kept[1] = inSchema(1);
    run Watch(); run Runner(); run Replication();
    run Service(0); run Service(1);
    run Client(0); run Client(1);
#if WRITES > 2
    run Client(2)
#endif
  }
}
