import { CutoverError, type ErrorCode } from '../../src/core/errors.ts'

/** Where a port call fails: `before` it did anything, or `after`, when only its answer is lost. */
export type FailureMoment = 'before' | 'after'

/** Counts the calls of ports and lets one of them fail. */
export interface CallFailure {
  /** Calls since it was armed or reset. */
  calls: number
  /** The call that fails, from 1; 0: none. */
  failAt: number
  moment: FailureMoment
  /** Default: `system.unreachable`, which passes when the call is made again. */
  code: ErrorCode
}

export function createCallFailure(): CallFailure {
  return { calls: 0, failAt: 0, moment: 'before', code: 'system.unreachable' }
}

/** The same port, whose asynchronous methods count and fail as told. */
export function failing<T extends object>(port: T, failure: CallFailure): T {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function' || typeof key === 'symbol') return value
      return async (...args: unknown[]) => {
        failure.calls += 1
        const fails = failure.calls === failure.failAt
        if (fails && failure.moment === 'before') throw lost(key, failure.code)
        const result: unknown = await Reflect.apply(value, target, args)
        if (fails) throw lost(key, failure.code)
        return result
      }
    },
  })
}

function lost(call: string, code: ErrorCode): CutoverError {
  return new CutoverError(code, `connection lost during ${call}`)
}
