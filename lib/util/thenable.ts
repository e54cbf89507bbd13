/**
 * Whether something is to be waited for: what `await` would wait for, a promise of whatever library. Methods of
 * components return one or not, as they like. Hot: asked once per tuple.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value !== undefined && value !== null && typeof (value as { readonly then?: unknown }).then === 'function'
}

/** A promise whose rejection counts as handled: it is looked at later, or not at all. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** A promise that has rejected, and counts as handled. */
export function rejected(error: unknown): Promise<never> {
  return handled(Promise.reject(error))
}
