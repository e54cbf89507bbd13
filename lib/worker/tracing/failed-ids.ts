/** Which message ids have failed lately, so that their replay is followed. */
import { contentName } from '../../values/content-name.ts'

const MOST = 1000

export class FailedIds {
  /** The root that has failed, by what names its message id. */
  readonly #roots = new Map<unknown, string>()

  get size(): number {
    return this.#roots.size
  }

  /** The oldest one is forgotten where there are too many. */
  failed(messageId: unknown, root: string): void {
    const name = nameOf(messageId)
    this.#roots.delete(name)
    this.#roots.set(name, root)
    if (this.#roots.size > MOST) this.#roots.delete(this.#roots.keys().next().value)
  }

  /** The root of this message id that has failed. Hot while one has. */
  rootOf(messageId: unknown): string | undefined {
    return this.#roots.size === 0 ? undefined : this.#roots.get(nameOf(messageId))
  }

  /** It is emitted again, or acked. */
  forget(messageId: unknown): void {
    if (this.#roots.size > 0) this.#roots.delete(nameOf(messageId))
  }
}

/** An object may be made anew with the same content; one that has none to name it by is emitted again as it is. */
function nameOf(messageId: unknown): unknown {
  return typeof messageId === 'object' && messageId !== null ? (contentName([messageId]) ?? messageId) : messageId
}
