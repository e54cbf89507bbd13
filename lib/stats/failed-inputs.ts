/** How many tuples of each input a bolt has failed. */
import type { ComponentId, StreamId } from '../tuple/ids.ts'

/** What a bolt subscribes to. */
export interface InputName {
  readonly component: ComponentId
  readonly stream: StreamId
}

/** One for each bolt. */
export class FailedInputs {
  readonly #all = new Map<string, InputName & { failed: number }>()

  add({ component, stream }: InputName): void {
    const name = inputName({ component, stream })
    const known = this.#all.get(name) ?? { component, stream, failed: 0 }
    known.failed++
    this.#all.set(name, known)
  }

  get all(): readonly (InputName & { readonly failed: number })[] {
    return [...this.#all.values()].map((one) => ({ ...one }))
  }
}

/** As one text. */
export function inputName({ component, stream }: InputName): string {
  return JSON.stringify([component, stream])
}
