/**
 * Whether something is to be waited for: what `await` would wait for, a promise of whatever library. Methods of
 * components return one or not, as they like. Hot: asked once per tuple.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value !== undefined && value !== null && typeof (value as { readonly then?: unknown }).then === 'function'
}
