/**
 * An operation as its errors name it: by what it does, and by the place where the user has declared it, which is a
 * call of TypeScript or a line of YAML. Where a value was returned, no stack shows whose it is.
 */
import { basename, resolve } from 'node:path'
import { CallSite, type UserPlace } from '../../errors/user-places.ts'
import { type ErrorCode, TyphoonError, type Where } from '../../index.ts'

/** Where something was declared; undefined where that is not known. */
export interface DeclaredAt {
  readonly place: UserPlace | undefined
}

/** All of Trident stands between the user's call and what it makes. */
const TRIDENT = resolve(import.meta.dirname, '..')

/** The user's call that has led here. */
export function declaredHere(): DeclaredAt {
  return new CallSite(TRIDENT)
}

/** Made once for each task, and read only where something goes wrong. */
export class NamedOperation {
  readonly #name: string
  readonly #declaredAt: DeclaredAt
  readonly #emits: boolean

  constructor(name: string, declaredAt: DeclaredAt, emits = false) {
    this.#name = name
    this.#declaredAt = declaredAt
    this.#emits = emits
  }

  /** The same while it emits: who does stands in the stack, and his place says more. */
  get emitting(): NamedOperation {
    return new NamedOperation(this.#name, this.#declaredAt, true)
  }

  /** @param what it has done, behind its name */
  error(code: ErrorCode, what: string, hint: string): TyphoonError {
    const { place } = this.#declaredAt
    const shown = place === undefined ? '' : ` (${basename(place.file)}:${place.line})`
    return new TyphoonError(code, `${this.#name}${shown} ${what}`, { where: this.#where(place), hint })
  }

  #where(declared: UserPlace | undefined): Where {
    return { operation: this.#name, ...((this.#emits ? declaredHere().place : undefined) ?? declared) }
  }
}
