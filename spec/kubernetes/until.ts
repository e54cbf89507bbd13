/** Waiting for what other programs do, which tell nobody. */
const LOOK_MS = 200

/** Looks again and again until something holds; what throws does not hold. @throws (rejects) where it takes too long */
export async function until(what: string, withinMs: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const limit = performance.now() + withinMs
  let last: unknown
  for (;;) {
    try {
      if (await holds()) return
    } catch (error) {
      last = error
    }
    if (performance.now() > limit) throw new Error(`it took longer than ${withinMs} ms until ${what}`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
