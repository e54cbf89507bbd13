/**
 * Puts the lines of a text together again that comes in pieces. A line without an end is passed on in parts: what waits
 * here is bounded.
 */

const LONGEST = 65_536

export class Lines {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #onLine: (line: string) => void
  #begun = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  /** Lines end with `\n`, `\r\n`, or `\r` as progress bars write it. */
  add(bytes: Uint8Array): void {
    // A `\r` at the very end waits: its `\n` may still come.
    const lines = (this.#begun + this.#decoder.decode(bytes, { stream: true })).split(/\r?\n|\r(?!$)/)
    this.#begun = lines.pop()!
    for (const line of lines) this.#onLine(line)
    if (this.#begun.length >= LONGEST) this.end()
  }

  /** Passes on what has no end yet. */
  end(): void {
    if (this.#begun !== '') this.#onLine(this.#begun.replace(/\r$/, ''))
    this.#begun = ''
  }
}
