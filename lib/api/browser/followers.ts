/** Who reads line by line what there is and what comes: each for as long as it may, and reads what it is sent. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What is read: what there is, and then what comes, if that is wanted. */
export interface Lines {
  readonly entries: readonly object[]
  /** @param onEnd nothing comes any more @returns ends it */
  readonly follow?: (onEntry: (entry: object) => void, onEnd: () => void) => () => void
}

/** What waits for one that does not read: then it is let go. */
const MOST_WAITING_BYTES = 1024 * 1024
const CHECK_MS = 500

/** Those of one server. */
export class Followers {
  /** With what tells whether one may still read. */
  readonly #checks = new Map<ServerResponse, () => void>()
  #timer: NodeJS.Timeout | undefined

  /**
   * It reads from now on.
   * @param check throws where it may not read any more
   * @throws what it refuses to be followed: then nothing has been answered
   */
  add({ entries, follow }: Lines, { request, response }: Exchange, headers: Headers, check: () => void): void {
    const onEntry = (entry: object): void => {
      response.write(lineOf(entry))
      if (response.writableLength > MOST_WAITING_BYTES) response.destroy()
    }
    const end = follow?.(onEntry, () => response.end())
    response.writeHead(200, { ...headers, 'content-type': 'application/x-ndjson' })
    response.flushHeaders()
    for (const entry of entries) response.write(lineOf(entry))
    if (end === undefined) {
      response.end()
      return
    }
    request.socket.setTimeout(0)
    this.#checks.set(response, check)
    this.#timer ??= setInterval(() => this.#check(), CHECK_MS)
    response.on('close', () => {
      end()
      this.#remove(response)
    })
  }

  /** Nobody reads anything more. */
  close(): void {
    for (const response of this.#checks.keys()) response.end()
  }

  #check(): void {
    for (const [response, check] of this.#checks) {
      try {
        check()
      } catch {
        this.#remove(response)
        response.end()
      }
    }
  }

  #remove(response: ServerResponse): void {
    this.#checks.delete(response)
    if (this.#checks.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** A request, and what it is answered. */
interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}
type Headers = Readonly<Record<string, string>>

function lineOf(entry: object): string {
  return `${JSON.stringify(entry)}\n`
}
