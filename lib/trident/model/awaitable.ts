/**
 * Going on with what may be a promise. What is at hand is used at once: a state over a store that answers at once must
 * not cost a promise for each call, and an error of it is thrown, not rejected.
 */
import { isThenable } from '../../util/thenable.ts'
import type { Awaitable } from './operation.ts'

/** `then`, at once where there is nothing to wait for. */
export function andThen<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return isThenable(value) ? Promise.resolve(value).then(next) : next(value)
}

/** Calls, and undoes where the call throws or its promise rejects; the error goes on. */
export function orElse<T>(call: () => Awaitable<T>, undo: () => void): Awaitable<T> {
  let value: Awaitable<T>
  try {
    value = call()
  } catch (error) {
    undo()
    throw error
  }
  if (!isThenable(value)) return value
  return Promise.resolve(value).catch((error: unknown) => {
    undo()
    throw error
  })
}
