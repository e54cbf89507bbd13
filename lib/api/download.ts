/** An answer that is a file: it goes out in parts, as fast as it is read, and nothing of it is kept. */
import type { ServerResponse } from 'node:http'

/** Whoever does not read for so long is let go: others wait until a file is done. */
const PATIENCE_MS = 30_000

export class Download {
  readonly #name: string
  readonly #first: string
  readonly #rest: AsyncIterator<string>

  private constructor(name: string, first: string, rest: AsyncIterator<string>) {
    this.#name = name
    this.#first = first
    this.#rest = rest
  }

  /** What hinders it from beginning is refused as anything else. @throws what the first part throws (rejects) */
  static async begin(name: string, parts: AsyncIterator<string>): Promise<Download> {
    const { value = '' } = await parts.next()
    return new Download(name, value, parts)
  }

  /** Sends it. Where it comes to no good end, its reader sees that: the connection ends before the file does. */
  async send(response: ServerResponse, headers: Readonly<Record<string, string>>): Promise<void> {
    try {
      response.writeHead(200, {
        ...headers,
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(this.#name)}`,
      })
      let part: string | undefined = this.#first
      while (part !== undefined && (response.write(part) || (await drained(response)))) {
        const next: IteratorResult<string> = await this.#rest.next()
        part = next.done === true ? undefined : next.value
      }
      if (part === undefined) response.end()
      else response.destroy()
    } catch {
      response.destroy()
    } finally {
      await this.#rest.return?.()
    }
  }
}

/** @returns false where nobody reads any more */
function drained(response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (isRead: boolean): void => {
      clearTimeout(timer)
      response.off('drain', onDrain)
      response.off('close', onClose)
      resolve(isRead)
    }
    const onDrain = (): void => done(true)
    const onClose = (): void => done(false)
    const timer = setTimeout(onClose, PATIENCE_MS)
    response.on('drain', onDrain)
    response.on('close', onClose)
    if (response.destroyed) done(false)
  })
}
