import { Fields, type Positions, Spout, type SpoutOutputCollector, type TaskContext } from '../../lib/index.ts'

/** A key and a timestamp. */
export type KeyedTime = [key: string, at: number]

/** Emits rows that may become more, and goes back among them. */
export class GrowingRows extends Spout {
  override readonly outputs: Fields
  readonly #rows: readonly KeyedTime[]
  #next = 0
  #out!: SpoutOutputCollector<any>

  /** @param key name of the first field; the second one is `at` */
  constructor(key: string, rows: readonly KeyedTime[]) {
    super()
    this.outputs = new Fields([key, 'at'])
    this.#rows = rows
  }

  override open(_context: TaskContext, out: SpoutOutputCollector<any>): void {
    this.#out = out
  }

  nextTuple(): void {
    const row = this.#rows[this.#next]
    if (row === undefined) return
    this.#next++
    this.#out.emit([...row])
  }

  override position(): Positions {
    return { rows: this.#next }
  }

  override seek({ rows }: Positions): void {
    this.#next = rows as number
  }
}
