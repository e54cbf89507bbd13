/** Which keys of fields groupings come to a task most often, by those tuples whose times are taken. */
import { HotKeys, type SeenKeys } from '../../stats/hot-keys.ts'
import type { ComponentId } from '../../tuple/ids.ts'
import type { Tuple, TupleSource } from '../../tuple/tuple.ts'
import { show } from '../../values/show.ts'

/** Characters of a key that are shown. */
const LONGEST_KEY = 60

/** A subscription by fields. */
export interface KeyedInput {
  readonly component: ComponentId
  readonly stream: string
  readonly fields: readonly string[]
}

export class SampledKeys {
  readonly #inputs: readonly KeyedInput[]
  /** The places of the fields of a key; undefined for what is not grouped by fields. */
  readonly #places = new Map<TupleSource, readonly number[] | undefined>()
  readonly #keys = new HotKeys()

  constructor(inputs: readonly KeyedInput[]) {
    this.#inputs = inputs
  }

  get seen(): SeenKeys {
    return this.#keys.seen
  }

  saw({ source, values }: Tuple): void {
    const places = this.#placesIn(source)
    if (places === undefined) return
    const key = places.map((place) => (values as readonly unknown[])[place])
    this.#keys.add(show(key.length === 1 ? key[0] : key, LONGEST_KEY))
  }

  #placesIn(source: TupleSource): readonly number[] | undefined {
    if (this.#places.has(source)) return this.#places.get(source)
    const input = this.#inputs.find(
      ({ component, stream }) => source.component === component && source.stream === stream,
    )
    const places = input?.fields.map((field) => source.fields.names.indexOf(field))
    this.#places.set(source, places)
    return places
  }
}
