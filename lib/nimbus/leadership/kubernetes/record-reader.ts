/** What anybody may see of what is kept in Kubernetes. */
import { TyphoonError } from '../../../errors/typhoon-error.ts'
import type { Area, ClusterReader, Entry } from '../cluster-store.ts'
import { entryOf, type RecordIndex } from './record-index.ts'
import type { RecordParts } from './record-parts.ts'

/** So often the index may say something else each time, before it is somebody else's turn. */
const MOST_TRIES = 20

/** Keys of one area. */
export class RecordReader implements ClusterReader {
  readonly #area: Area
  readonly #index: RecordIndex
  readonly #parts: RecordParts

  constructor(area: Area, index: RecordIndex, parts: RecordParts) {
    this.#area = area
    this.#index = index
    this.#parts = parts
  }

  get(key: string): Promise<Entry | undefined> {
    return inTermsOfStore(async () => {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const entry = entryOf(await this.#index.read(), this.#area, key)
        if (entry === undefined) return undefined
        const found = await this.#parts.read(entry)
        if (found !== undefined) return { value: found.value, version: entry.version }
        // It was changed between the two: the index says what it is now.
      }
      throw new TyphoonError('STATE_CORRUPT', `parts of what is kept under "${key}" are gone`, {
        hint: 'put copies of its ConfigMaps back, or remove the topology and submit it again',
      })
    })
  }

  keys(): Promise<readonly string[]> {
    return inTermsOfStore(async () => {
      const { entries } = await this.#index.read()
      return entries.filter(({ area }) => area === this.#area).map(({ key }) => key)
    })
  }
}

/**
 * Says what Kubernetes refuses or does not answer as every store does.
 * @throws STORE_REFUSED, STORE_UNREACHABLE (rejects)
 */
export async function inTermsOfStore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storeError(error)
  }
}

/** An error of Kubernetes, as one of the store. */
export function storeError(error: unknown): unknown {
  if (!(error instanceof TyphoonError)) return error
  const { code, message, where, hint } = error
  const more = { where, hint, cause: error }
  if (code === 'KUBERNETES_UNREACHABLE') return new TyphoonError('STORE_UNREACHABLE', message, more)
  if (code === 'KUBERNETES_REFUSED') return new TyphoonError('STORE_REFUSED', message, more)
  return error
}
