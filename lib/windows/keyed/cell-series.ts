/**
 * A state that knows its entries by one text each, as a state by key and time: which times a key has is derived, and
 * kept beside it. What an execution has put and deleted is looked at again when the next one begins, for it may have
 * been undone.
 */
import type { KeyValueState, Series, SeriesByKey, StateCell } from '../../index.ts'
import { mapKeyOf } from '../../values/key.ts'
import { type MapKey, ownKey } from '../../values/own-key.ts'
import { ofTimeKey, timeKey } from '../../values/time-key.ts'

/** What this execution has put or deleted. */
interface Touched {
  readonly key: MapKey
  readonly time: number
  readonly cell: StateCell
}

/** Of one key. */
class Cells implements Series {
  readonly key: MapKey
  readonly starts: number[] = []
  readonly cells: StateCell[] = []
  memo: unknown = undefined
  readonly #owner: CellSeries

  constructor(key: MapKey, owner: CellSeries) {
    this.key = key
    this.#owner = owner
  }

  indexFrom(time: number): number {
    const { starts } = this
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (starts[middle]! < time) low = middle + 1
      else high = middle
    }
    return low
  }

  at(index: number): unknown {
    return this.cells[index]!.get()
  }

  get(time: number): unknown {
    const at = this.indexFrom(time)
    return this.starts[at] === time ? this.at(at) : undefined
  }

  put(time: number, value: unknown): void {
    const at = this.indexFrom(time)
    if (this.starts[at] === time) this.cells[at]!.put(value)
    else this.insert(time, this.#owner.begun(this.key, time)).put(value)
  }

  deleteFrom(first: number, last: number): void {
    const { starts, cells } = this
    for (let at = this.indexFrom(first); at < starts.length && starts[at]! <= last; at++) {
      cells[at]!.delete()
      this.#owner.touched({ key: this.key, time: starts[at]!, cell: cells[at]! })
    }
  }

  insert(time: number, cell: StateCell): StateCell {
    const at = this.indexFrom(time)
    if (this.starts[at] === time) return this.cells[at]!
    this.starts.splice(at, 0, time)
    this.cells.splice(at, 0, cell)
    return cell
  }

  remove(time: number): void {
    const at = this.indexFrom(time)
    if (this.starts[at] !== time) return
    this.starts.splice(at, 1)
    this.cells.splice(at, 1)
  }
}

class CellSeries implements SeriesByKey {
  readonly #state: KeyValueState<string>
  readonly #byKey = new Map<MapKey, Cells>()
  #touched: Touched[] = []

  /** @param state may hold what a snapshot held */
  constructor(state: KeyValueState<string>) {
    this.#state = state
    for (const [id] of state.entries()) {
      const { time, key } = ofTimeKey(id)
      this.open(key).insert(time, state.cell(id))
    }
  }

  /** An execution begins. Hot. */
  begin(): void {
    if (this.#touched.length > 0) this.#settle()
  }

  series(key: unknown): Series | undefined {
    return this.#byKey.get(mapKeyOf(key))
  }

  open(key: unknown): Cells {
    const known = mapKeyOf(key)
    let cells = this.#byKey.get(known)
    if (cells === undefined) {
      cells = new Cells(ownKey(known), this)
      this.#byKey.set(cells.key, cells)
    }
    return cells
  }

  /** For its series: a cell of a time that the key does not have. */
  begun(key: MapKey, time: number): StateCell {
    const cell = this.#state.cell(timeKey(time, key))
    this.touched({ key, time, cell })
    return cell
  }

  /** For its series. */
  touched(what: Touched): void {
    this.#touched.push(what)
  }

  #settle(): void {
    for (const { key, time, cell } of this.#touched) {
      const isThere = cell.get() !== undefined
      const cells = isThere ? this.open(key) : this.#byKey.get(key)
      if (isThere) cells!.insert(time, cell)
      else cells?.remove(time)
      if (cells?.starts.length === 0) this.#byKey.delete(key)
    }
    this.#touched = []
  }
}

/** A state by key and time, whether it is one by itself or not; and what is to be called when an execution begins. */
export function seriesOf(state: KeyValueState<string>): SeriesByKey & { begin?(): void } {
  return isByTime(state) ? state : new CellSeries(state)
}

function isByTime(state: object): state is SeriesByKey {
  return 'series' in state
}
