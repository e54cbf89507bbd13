/**
 * All pages that look at a time: a bounded number. Each view is made once for all that look at it, twice a second.
 */
import type { ServerResponse } from 'node:http'
import { EventStream } from './event-stream.ts'

/** What is to be seen, for one page; it throws where there is nothing to see any more. */
export interface Looking {
  /** Pages with the same one see the same. */
  readonly what: string
  see(): object
}

/** One page. */
interface Page extends Looking {
  /** @throws why it may not look any more */
  check(): void
}

/** How many may look. */
export const MOST_WATCHERS = 200
const LOOK_MS = 500

/** Those of one server. */
export class Watchers {
  readonly #streams = new Map<EventStream, Page>()
  readonly #problemOf: (error: unknown) => object
  #timer: NodeJS.Timeout | undefined

  /** @param problemOf what a page is told where it can see no more */
  constructor(problemOf: (error: unknown) => object) {
    this.#problemOf = problemOf
  }

  /** How many look now. */
  get count(): number {
    return this.#streams.size
  }

  /** It sees from now on, until it goes or there is nothing to see. @param check throws why it may not look any more */
  add(response: ServerResponse, looking: Looking, check: () => void): void {
    const stream = new EventStream(response, () => performance.now())
    const page = { ...looking, check }
    this.#streams.set(stream, page)
    response.on('close', () => this.#remove(stream))
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS)
    this.#show(stream, page, new Map())
  }

  /** Nobody sees anything any more. */
  close(): void {
    for (const stream of this.#streams.keys()) stream.end('{}')
  }

  #look(): void {
    const seen = new Map<string, string>()
    for (const [stream, page] of this.#streams) this.#show(stream, page, seen)
  }

  /** @param seen what was made for others just now */
  #show(stream: EventStream, { what, see, check }: Page, seen: Map<string, string>): void {
    try {
      check()
      const view = seen.get(what) ?? JSON.stringify(see())
      seen.set(what, view)
      stream.show(view)
    } catch (error) {
      this.#remove(stream)
      stream.end(JSON.stringify(this.#problemOf(error)))
    }
  }

  #remove(stream: EventStream): void {
    this.#streams.delete(stream)
    if (this.#streams.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
