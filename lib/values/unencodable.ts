/** Why a value cannot be encoded, with the path to it: built on the way out of whatever encodes it, step by step. */
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'

/** Containers within containers; a structure nested deeper, or in itself, is refused. */
export const MAX_DEPTH = 64
/**
 * The most entries of an array, object, map or set, and of all of them in a value together; more would come near V8's
 * own limits, which are fatal. What stands in a value several times counts each time, as it is written.
 */
export const MAX_ENTRIES = 2 ** 23

const A_PROMISE = 'is an instance of Promise'
const A_FUNCTION = 'is a function'
/** What to do about a value that cannot be encoded, in general. */
const PLAIN_DATA = 'use plain data: strings, numbers, bytes, dates, arrays, maps, sets and plain objects of these'

/** Never reaches a user: who encodes makes a CANNOT_ENCODE of it, see `cannotEncode`. */
export class Unencodable extends Error {
  /** Completes "values[1].a.b …". */
  reason: string
  /** Steps from the value of the tuple down to what is wrong. */
  path: string[] = []
  /** What to do about it. */
  get hint(): string {
    if (this.reason === A_PROMISE) return 'forgot await? Emit what the promise resolves to'
    return this.reason === A_FUNCTION ? 'forgot to call it? Emit what it returns' : PLAIN_DATA
  }

  /** The container at which the nesting became too deep. */
  readonly tooDeepAt: unknown

  constructor(reason: string, tooDeepAt?: unknown) {
    super(reason)
    this.reason = reason
    this.tooDeepAt = tooDeepAt
  }
}

/** The error of a container at which the nesting went too far. */
function tooDeep(container: object): Unencodable {
  return new Unencodable(`is nested more than ${MAX_DEPTH} deep`, container)
}

/**
 * The error of an element, as its container passes it on, with its own step before the others. A container that meets
 * itself as the place where the nesting became too deep is circular, and is where the path ends. What user code threw
 * (a getter, a toJSON) becomes the reason.
 */
export function within(error: unknown, container: object, step: string): unknown {
  if (error instanceof TyphoonError) return error
  const found = error instanceof Unencodable ? error : new Unencodable(`could not be read: ${messageOf(error)}`)
  found.path.unshift(step)
  if (found.tooDeepAt === container) {
    found.reason = 'is a circular structure'
    found.path = []
  }
  return found
}

/** Entries that the value under way may have still. One value is looked at at a time, from its outermost container. */
let entriesLeft = MAX_ENTRIES

/** Checks a container before its entries are looked at. @param depth containers around it */
export function checkContainer(container: object, entries: number, depth: number): void {
  if (depth >= MAX_DEPTH) throw tooDeep(container)
  if (depth === 0) entriesLeft = MAX_ENTRIES
  entriesLeft -= entries
  if (entriesLeft < 0) throw new Unencodable(`has more than ${MAX_ENTRIES} entries`)
}

/** `.name`, or `["odd name"]`. */
export function keyStep(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
