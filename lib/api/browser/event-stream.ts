/**
 * One page that looks: what it is to see is sent to it as server-sent events, the whole of it each time. So whoever
 * reads slowly is left out of some, and misses nothing by that; whoever reads nothing for long is let go.
 */
import type { ServerResponse } from 'node:http'

/** How long a page may read nothing. */
export const PATIENCE_MS = 30_000
/** A line that says nothing, so that whatever is between does not take the connection for dead. */
const SILENCE_MS = 15_000

export class EventStream {
  readonly #response: ServerResponse
  readonly #now: () => number
  #sent: string | undefined
  #sentAt: number
  #readAt: number

  /** @param now milliseconds */
  constructor(response: ServerResponse, now: () => number) {
    this.#response = response
    this.#now = now
    this.#sentAt = now()
    this.#readAt = now()
  }

  /** Sends what is to be seen now, where it is something else than before and the page has read that. */
  show(view: string): void {
    const now = this.#now()
    if (this.#response.writableLength > 0) {
      if (now - this.#readAt > PATIENCE_MS) this.#response.destroy()
      return
    }
    this.#readAt = now
    if (view !== this.#sent) {
      this.#sent = view
      this.#write(`data: ${view}\n\n`)
    } else if (now - this.#sentAt > SILENCE_MS) this.#write(':\n\n')
  }

  /** There is nothing more to see. @param why as JSON */
  end(why: string): void {
    this.#response.end(`event: end\ndata: ${why}\n\n`)
  }

  #write(text: string): void {
    this.#sentAt = this.#now()
    this.#response.write(text)
  }
}
