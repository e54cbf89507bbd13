/**
 * Which part of an input is done, while its lines are acked in any order: the low-water mark, below which everything
 * is.
 *
 * Lines are counted in ranges of at most 256 lines or about 64 KiB of one file. A line is done by counting its
 * range down, which costs the same in any order, and a line that stays open for long keeps one range per 256 later
 * lines, not one entry per line. The price: after a restart, the done lines of the first open range come again.
 */
const LINES = 256
const BYTES = 65_536

/** The most open ranges, from which on a task holds its input back: 16 million lines after one that is not acked. */
const MAX_RANGES = 65_536

/** A place in the input: number of the file, and byte offset in it. */
export interface InputPosition {
  readonly file: number
  readonly offset: number
}

/** Lines that follow each other in one file, from `start` to `end`. */
export class LineRange {
  readonly file: number
  readonly start: number
  end: number
  lines = 0
  /** Lines that were added and are not done. */
  open = 0
  next: LineRange | undefined = undefined

  constructor(file: number, start: number) {
    this.file = file
    this.start = start
    this.end = start
  }
}

export class OffsetLedger {
  #head: LineRange
  #tail: LineRange
  #ranges = 1

  constructor(from: InputPosition) {
    this.#head = new LineRange(from.file, from.offset)
    this.#tail = this.#head
  }

  /**
   * Adds the next line, which has the bytes from `start` up to `end`; returns what `done` wants.
   * @throws RangeError where it begins before the end of the last one: the low-water mark would go back
   */
  add(file: number, start: number, end: number): LineRange {
    let tail = this.#tail
    if (file < tail.file || (file === tail.file && start < tail.end) || end < start)
      throw new RangeError(
        `bytes ${start} to ${end} of input ${file} come after byte ${tail.end} of input ${tail.file}`,
      )
    if (tail.file !== file || tail.lines >= LINES || tail.end - tail.start >= BYTES) {
      tail = this.#tail = tail.next = new LineRange(file, start)
      this.#ranges++
      this.#advance()
    }
    tail.end = end
    tail.lines++
    tail.open++
    return tail
  }

  /** One line of this range is done. True when the low-water mark has moved. Hot: once for each line. */
  done(range: LineRange): boolean {
    if (--range.open > 0 || range !== this.#head) return false
    this.#advance()
    return true
  }

  /** Everything before this place is done; what comes after it may be, or not. */
  get lowWater(): InputPosition {
    const { file, open, start, end } = this.#head
    return { file, offset: open === 0 ? end : start }
  }

  /** Everything that was added is done. */
  get isDone(): boolean {
    return this.#head === this.#tail && this.#head.open === 0
  }

  get isFull(): boolean {
    return this.#ranges >= MAX_RANGES
  }

  #advance(): void {
    while (this.#head.open === 0 && this.#head.next !== undefined) {
      this.#head = this.#head.next
      this.#ranges--
    }
  }
}
