/** Waits, unless it is called off meanwhile. @throws what `why` returns then (rejects), and what it rejects with */
export async function unlessAborted(
  what: Promise<unknown> | undefined,
  signal: AbortSignal,
  why: () => Error,
): Promise<void> {
  const aborted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(why())
    else signal.addEventListener('abort', () => reject(why()), { once: true })
  })
  await Promise.race([what, aborted])
}
