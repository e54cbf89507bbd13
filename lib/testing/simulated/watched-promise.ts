/** A promise that knows whether anything waits for it: `await` asks a promise of a class of its own for its `then`. */
export class WatchedPromise<T> extends Promise<T> {
  /** What `then` makes is watched no longer. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  isAwaited = false

  // biome-ignore lint/suspicious/noThenProperty: a promise has one, and this is where it is asked for
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isAwaited = true
    return super.then(fulfilled, rejected)
  }
}
