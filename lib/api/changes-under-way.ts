/**
 * Changes that are being made, by the ids of their requests. What is kept of a change tells only when it is made
 * whether its id was for something else: this tells meanwhile.
 */
import { type ChangeRequest, isFor, otherChange } from '../nimbus/record/requests.ts'

export class ChangesUnderWay {
  readonly #byId = new Map<string, { readonly request: ChangeRequest; times: number }>()

  /** @throws SERVICE_BAD_REQUEST where the id is that of another change (rejects), and what `make` throws */
  async during<T>(request: ChangeRequest | undefined, make: () => T | Promise<T>): Promise<T> {
    if (request === undefined) return make()
    const known = this.#byId.get(request.id) ?? { request, times: 0 }
    if (!isFor(known.request, request)) throw otherChange(known.request)
    this.#byId.set(request.id, known)
    known.times++
    try {
      return await make()
    } finally {
      if (--known.times === 0) this.#byId.delete(request.id)
    }
  }
}
