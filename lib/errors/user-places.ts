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

/** Those of ours that call components and make them: what stands directly above them in a stack is a component's. */
const HOSTS = ['topology/component/hosting/hosted-', 'executor/spout/spout-executor', 'flux/beans/construct'].map(
  (file) => LIB + file.replaceAll('/', sep),
)

/** Those that a text names, in its order, which are neither Node.js's, nor a package's, nor Typhoon's. */
export function* userPlaces(text: string): Generator<UserPlace> {
  for (const place of places(text)) if (!isOfPackage(place) && !place.file.startsWith(LIB)) yield place
}

/**
 * The topmost place of a stack that is the user's own, or else that of a component which comes with a package;
 * undefined where it shows none.
 */
export function topmostUserPlace(stack: string | undefined): UserPlace | undefined {
  const frames = (stack?.match(FRAMES) ?? []).join('\n')
  return userPlaces(frames).next().value ?? placeInPackage([...places(frames)])
}

/** What a component of a package throws shows its file, and below that who has called it. */
function placeInPackage(frames: readonly UserPlace[]): UserPlace | undefined {
  const caller = frames.findIndex(({ file }) => file.startsWith(LIB))
  const isHost = caller > 0 && HOSTS.some((host) => frames[caller]!.file.startsWith(host))
  return isHost ? frames[0] : undefined
}

function* places(text: string): Generator<UserPlace> {
  for (const [, place, line, column] of text.matchAll(POSITION)) {
    const file = place!.startsWith('file:') ? fileURLToPath(place!) : place!
    yield { file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) }
  }
}

function isOfPackage({ file }: UserPlace): boolean {
  return file.includes('node_modules')
}

/** `a.ts:3:7` */
export function placeText({ file, line, column }: UserPlace): string {
  return [file, line, column].filter((part) => part !== undefined).join(':')
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
