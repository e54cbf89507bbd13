/**
 * What the states of a simulated Trident topology hold and have been told. It outlives every worker, so it is also the
 * disk of the flaky map; and it knows the law of commits: no transaction begins anywhere after a later one has begun
 * somewhere.
 */
import type { BackingMap, MapState, State, StateFactory, StateKey } from '../../lib/trident/index.ts'

export class TridentJournal {
  /** Broken laws. */
  readonly violations: string[] = []
  /** Transactions that some state was told to commit. */
  readonly committed = new Set<number>()
  readonly #disks = new Map<string, Map<StateKey, string>>()
  #newest = 0

  /** What a partition of a flaky map has on its disk. */
  diskOf(state: string, partition: number): Map<StateKey, string> {
    const name = `${state}/${partition}`
    let disk = this.#disks.get(name)
    if (disk === undefined) this.#disks.set(name, (disk = new Map()))
    return disk
  }

  began(state: string, txid: number): void {
    if (txid < this.#newest) this.violations.push(`"${state}" begins to commit ${txid} after ${this.#newest}`)
    this.#newest = Math.max(this.#newest, txid)
  }

  ended(txid: number): void {
    this.committed.add(txid)
  }
}

/** Writes down which transactions a state is told of. */
export function watched<S extends State>(factory: StateFactory<S>, journal: TridentJournal): StateFactory<S> {
  return {
    ...factory,
    async makeState(context) {
      const state = await factory.makeState(context)
      const { beginCommit, commit } = state
      state.beginCommit = (txid) => {
        if (txid !== null) journal.began(context.name, txid)
        return beginCommit.call(state, txid)
      }
      state.commit = (txid) => {
        if (txid !== null) journal.ended(txid)
        return commit.call(state, txid)
      }
      return state
    },
  }
}

/** A disk that may fail after it has written a part, or none. */
export class FlakyMap implements BackingMap {
  readonly #disk: Map<StateKey, string>
  readonly #fails: () => number

  /** @param fails which part of a write is written, 0 to 1; more: all of it, and the write succeeds */
  constructor(disk: Map<StateKey, string>, fails: () => number) {
    this.#disk = disk
    this.#fails = fails
  }

  multiGet(keys: readonly StateKey[]): unknown[] {
    return keys.map((key) => parsed(this.#disk.get(key)))
  }

  multiPut(keys: readonly StateKey[], values: readonly unknown[]): void {
    const part = this.#fails()
    const end = part > 1 ? keys.length : Math.floor(part * keys.length)
    for (let i = 0; i < end; i++) {
      if (values[i] === undefined) this.#disk.delete(keys[i]!)
      else this.#disk.set(keys[i]!, JSON.stringify(values[i]))
    }
    if (part <= 1) throw new Error('the disk is full today')
  }

  *entries(): Iterable<readonly [StateKey, unknown]> {
    for (const [key, text] of this.#disk) yield [key, parsed(text)]
  }
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text)
}

/** The sums of what the partitions of a map state have for each key. */
export async function sumsOf(partitions: readonly MapState<number>[]): Promise<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const state of partitions) {
    for await (const [key, value] of state.entries!()) sums[key] = (sums[key] ?? 0) + value
    await state.close?.()
  }
  return sums
}
