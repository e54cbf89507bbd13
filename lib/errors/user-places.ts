/** Places in the user's own files, as stacks and the messages of compilers name them. */
import { resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A place; line and column from 1 up. */
export interface UserPlace {
  readonly file: string
  readonly line: number
  readonly column?: number
}

/** `/a/b.ts:3:7` or `file:///a/b.ts:3`; not a part of `node:internal/process/per_thread:188:13`. */
const POSITION = /(?<!\w)(file:\/\/\/[^\s()]+?|(?:\/|[A-Za-z]:\\)[^\s():]+?):(\d+)(?::(\d+))?(?=[\s):]|$)/gm

/** Lines of a stack that name a place; before them stands the message, which may name places too. */
const FRAMES = /^\s+at .*$/gm

/** Typhoon's own modules: what they throw, someone else has caused. */
const LIB = resolve(import.meta.dirname, '..') + sep

/** Those that a text names, in its order, which are neither Node.js's, nor a package's, nor Typhoon's. */
export function* userPlaces(text: string): Generator<UserPlace> {
  for (const [, place, line, column] of text.matchAll(POSITION)) {
    const file = place!.startsWith('file:') ? fileURLToPath(place!) : place!
    if (file.includes('node_modules') || file.startsWith(LIB)) continue
    yield { file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) }
  }
}

/** The topmost place of a stack that is the user's own; undefined where it shows none. */
export function topmostUserPlace(stack: string | undefined): UserPlace | undefined {
  return userPlaces((stack?.match(FRAMES) ?? []).join('\n')).next().value
}

/**
 * Where the user has called one of our functions. Made in each such call, so it is kept as it comes and read only where
 * something turns out to be wrong with the call.
 */
export class CallSite {
  readonly #trace: { readonly stack?: string } = {}
  readonly #own: string

  /** @param own the file whose functions stand above the call, as `import.meta.filename` gives it */
  constructor(own: string) {
    this.#own = own
    Error.captureStackTrace(this.#trace)
  }

  /** Undefined where something of ours, or of Node.js, has called. */
  get place(): UserPlace | undefined {
    const frames = this.#trace.stack?.match(FRAMES) ?? []
    const caller = frames.slice(1).find((frame) => !frame.includes(this.#own))
    return caller === undefined ? undefined : userPlaces(caller).next().value
  }
}
