/** Where somebody called from: by the time an error answers him, he is no longer on the stack. */
export interface CallerTrace {
  readonly stack?: string
}

/**
 * @param owner what has the method that was called.
 * @param name of that method; neither it nor what it has called itself is in the trace.
 */
export function rememberCaller<Name extends string>(
  owner: Readonly<Record<Name, (...given: never[]) => unknown>>,
  name: Name,
): CallerTrace {
  const trace: CallerTrace = {}
  Error.captureStackTrace(trace, owner[name])
  return trace
}

/** Lets the stack of an error be that of the call it answers. */
export function comingFrom(caller: CallerTrace | undefined, error: Error): Error {
  const frames = caller?.stack
  if (frames !== undefined && frames.includes('\n')) {
    error.stack = `${error.name}: ${error.message}${frames.slice(frames.indexOf('\n'))}`
  }
  return error
}
