/**
 * A hash table from a root id (two int32, the high one never 0) to a row of int32 columns, and to a value where one is
 * kept.
 *
 * The law: open addressing with linear probing over one Int32Array, so that a million roots are a few long arrays and
 * not a million objects: no garbage, 25 to 65 bytes a root at the usual load, and twice as fast as a Map of objects.
 * The low halves of a spout task's roots count up, and what is near in time is near in memory: a block of eight rows
 * takes eight in a row, and Fibonacci hashing spreads the blocks evenly. A row has a power of two of cells, and is
 * moved and cleared cell by cell: calls of copyWithin and fill, and divisions, took a tenth of the time of a root.
 *
 * A slot is valid until the next `insert`, `remove` or `removeAll`.
 */
const GOLDEN = 0x9e3779b1 | 0
const MIN_CAPACITY = 64
/** Roots of one block have the same low half but for these bits. */
const BLOCK_BITS = 3
const BLOCK_MASK = (1 << BLOCK_BITS) - 1
/** Cells of the key of a row. */
const KEY = 2

export class RootTable<V = never> {
  size = 0
  /** Rows: high, low, then the columns. */
  cells: Int32Array
  readonly #rowBits: number
  /** Cells of a row. */
  readonly #row: number
  readonly #values: (V | undefined)[] | undefined
  #capacity = MIN_CAPACITY
  #shift = shiftOf(MIN_CAPACITY)

  /**
   * @param columns int32 columns beside the id, 2 or 6
   * @param withValues whether `valueAt` and `setValue` are used
   */
  constructor(columns: 2 | 6, withValues = false) {
    this.#row = columns + KEY
    this.#rowBits = Math.log2(this.#row)
    this.cells = new Int32Array(this.#row * MIN_CAPACITY)
    this.#values = withValues ? new Array<V | undefined>(this.#capacity) : undefined
  }

  /** Slot of a root: index of its first column in `cells`; -1 where there is none. */
  find(high: number, low: number): number {
    const { cells } = this
    const row = this.#row
    let base = this.#home(high, low) << this.#rowBits
    for (;;) {
      if (cells[base + 1] === low && cells[base] === high) return base + KEY
      if (cells[base] === 0) return -1
      base += row
      if (base === cells.length) base = 0
    }
  }

  /** Slot of a root that is not in the table; its columns are 0. */
  insert(high: number, low: number): number {
    if (this.size * 3 >= this.#capacity * 2) this.#resize(this.#capacity * 2)
    this.size++
    const { cells } = this
    const row = this.#row
    let base = this.#home(high, low) << this.#rowBits
    while (cells[base] !== 0) {
      base += row
      if (base === cells.length) base = 0
    }
    cells[base] = high
    cells[base + 1] = low
    return base + KEY
  }

  /** Slot of a root, which is added where it is not there yet; `size` tells which. Hot: one probe for both. */
  upsert(high: number, low: number): number {
    const { cells } = this
    const row = this.#row
    let base = this.#home(high, low) << this.#rowBits
    while (cells[base] !== 0) {
      if (cells[base + 1] === low && cells[base] === high) return base + KEY
      base += row
      if (base === cells.length) base = 0
    }
    if (this.size * 3 >= this.#capacity * 2) return this.insert(high, low)
    this.size++
    cells[base] = high
    cells[base + 1] = low
    return base + KEY
  }

  /** Forgets the root at a slot, and closes the gap. */
  remove(slot: number): void {
    const { cells } = this
    const row = this.#row
    let hole = slot - KEY
    let base = hole
    for (;;) {
      base += row
      if (base === cells.length) base = 0
      if (cells[base] === 0) break
      const home = this.#home(cells[base]!, cells[base + 1]!) << this.#rowBits
      // A row may move into the hole only if its home does not lie between the hole and the row.
      const stays = hole <= base ? home > hole && home <= base : home > hole || home <= base
      if (stays) continue
      for (let cell = 0; cell < row; cell++) cells[hole + cell] = cells[base + cell]!
      this.#moveValue(base, hole)
      hole = base
    }
    for (let cell = 0; cell < row; cell++) cells[hole + cell] = 0
    if (this.#values !== undefined) this.#values[hole >> this.#rowBits] = undefined
    this.size--
  }

  highAt(slot: number): number {
    return this.cells[slot - KEY]!
  }

  lowAt(slot: number): number {
    return this.cells[slot - 1]!
  }

  valueAt(slot: number): V {
    return this.#values![(slot - KEY) >> this.#rowBits]!
  }

  setValue(slot: number, value: V): void {
    this.#values![(slot - KEY) >> this.#rowBits] = value
  }

  /** Slots of all roots, in no order. Take what you need before the table changes. */
  *slots(): Generator<number> {
    for (let base = 0; base < this.cells.length; base += this.#row) if (this.cells[base] !== 0) yield base + KEY
  }

  /** Gives memory back after a peak. */
  shrink(): void {
    let capacity = this.#capacity
    while (capacity > MIN_CAPACITY && this.size * 8 < capacity) capacity /= 2
    if (capacity < this.#capacity) this.#resize(capacity)
  }

  #home(high: number, low: number): number {
    const block = Math.imul((low >>> BLOCK_BITS) ^ Math.imul(high, 0x85ebca6b), GOLDEN) >>> this.#shift
    return (block << BLOCK_BITS) | (low & BLOCK_MASK)
  }

  #moveValue(from: number, to: number): void {
    const values = this.#values
    if (values === undefined) return
    values[to >> this.#rowBits] = values[from >> this.#rowBits]
    values[from >> this.#rowBits] = undefined
  }

  #resize(capacity: number): void {
    const before = this.cells
    const row = this.#row
    const values = this.#values?.slice()
    this.#capacity = capacity
    this.#shift = shiftOf(capacity)
    this.cells = new Int32Array(row * capacity)
    if (this.#values !== undefined) {
      this.#values.length = 0
      this.#values.length = capacity
    }
    this.size = 0
    for (let base = 0; base < before.length; base += row) {
      if (before[base] === 0) continue
      const slot = this.insert(before[base]!, before[base + 1]!)
      for (let column = 0; column < row - KEY; column++) this.cells[slot + column] = before[base + KEY + column]!
      if (values !== undefined) this.setValue(slot, values[base >> this.#rowBits] as V)
    }
  }
}

/** How far a hash of 32 bits is shifted to give the number of a block. */
function shiftOf(capacity: number): number {
  return 32 - (Math.log2(capacity) - BLOCK_BITS)
}
