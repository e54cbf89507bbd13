/**
 * A spout's message ids as they stand on the wire. Texts and numbers stand there as they are; any other thing is kept
 * here, and a made-up text stands for it ("#1"). A text of the spout's own that begins like one of those is kept too,
 * so that no two ids are ever the same.
 */
const MARK = '#'

export class MessageIds {
  /** Roots in flight. */
  size = 0
  readonly #kept = new Map<string, unknown>()
  #last = 0

  /** Hot. */
  toWire(id: unknown): string | number {
    this.size++
    if (typeof id === 'string' && !id.startsWith(MARK)) return id
    if (typeof id === 'number' && Number.isFinite(id)) return id
    const name = `${MARK}${++this.#last}`
    this.#kept.set(name, id)
    return name
  }

  /** The id that the parent says something final of. */
  take(wireId: unknown): unknown {
    this.size = Math.max(0, this.size - 1)
    if (typeof wireId !== 'string' || !wireId.startsWith(MARK)) return wireId
    const id = this.#kept.get(wireId)
    this.#kept.delete(wireId)
    return id
  }
}
