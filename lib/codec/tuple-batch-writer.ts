/**
 * Tuples to the body of a frame (see `format.ts`). A tuple is encoded when it is added and no reference to it is kept,
 * so it may be changed, acked or forgotten right after. A tuple that cannot be sent leaves what was added before
 * intact.
 *
 * Hot path: one writer per destination, whose scratch memory is reused frame after frame.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { TaskId } from '../tuple/ids.ts'
import type { Anchor, Tuple } from '../tuple/tuple.ts'
import { MAX_ENTRIES, Unencodable } from '../values/unencodable.ts'
import { ANCHOR_INTS, FRAME_OVERHEAD_BYTES, HEAD_BYTES, MAX_BODY_BYTES, MAX_UINT16, ROW_INTS } from './format.ts'
import { tooLarge, ValueWriter } from './value-writer.ts'

const FIRST_ROW_INTS = 4096
/** Rows that one batch of many anchors has grown beyond this are given back. */
const KEPT_ROW_INTS = 256 * 1024

export class TupleBatchWriter {
  readonly #maxBytes: number
  readonly #values: ValueWriter
  #rows = new Int32Array(FIRST_ROW_INTS)
  #rowEnd = 0
  #count = 0
  /** Bodies that were full when a further tuple came; they leave before the open one. */
  readonly #full: Uint8Array[] = []
  #fullCount = 0
  #fullBytes = 0

  /** `maxFrameBytes`: the largest frame; a body leaves room in it for the frame's own head and checksum. */
  constructor(limits: { maxFrameBytes: number }) {
    this.#maxBytes = Math.min(limits.maxFrameBytes - FRAME_OVERHEAD_BYTES, MAX_BODY_BYTES)
    this.#values = new ValueWriter(this.#maxBytes)
  }

  /** Tuples added and not yet taken. */
  get count(): number {
    return this.#fullCount + this.#count
  }

  /** Bytes that `take` would return by now, over all its calls; 0 when there is nothing. */
  get bytes(): number {
    return this.#count === 0 ? this.#fullBytes : this.#fullBytes + this.#bodyBytes()
  }

  /**
   * Adds a tuple for a task. Where it does not fit beside the others it starts a body of its own.
   * @throws CANNOT_ENCODE, with the path of the value; TUPLE_TOO_LARGE where it would not fit alone. Nothing is added
   * then.
   */
  add(target: TaskId, tuple: Tuple): void {
    try {
      this.#write(target, tuple)
    } catch (error) {
      if (this.#count === 0 || !(error instanceof TyphoonError) || error.code !== 'TUPLE_TOO_LARGE') throw error
      this.#seal()
      this.#write(target, tuple)
    }
  }

  /** Adds nothing. @throws what `add` would throw */
  check(target: TaskId, tuple: Tuple): void {
    const values = this.#values
    const { end, textEnd } = values
    const rowEnd = this.#rowEnd
    this.#write(target, tuple)
    this.#rowEnd = rowEnd
    values.end = end
    values.textEnd = textEnd
    this.#count--
  }

  /**
   * The oldest finished body as fresh bytes, `undefined` when there is none. There may be several (large tuples), so:
   * `while ((body = writer.take()) !== undefined) send(body)`.
   */
  take(): Uint8Array | undefined {
    if (this.#full.length === 0) {
      if (this.#count === 0) return undefined
      this.#seal()
    }
    const body = this.#full.shift()!
    this.#fullBytes -= body.length
    this.#fullCount -= new DataView(body.buffer, body.byteOffset).getUint32(0, true)
    return body
  }

  #bodyBytes(): number {
    return HEAD_BYTES + this.#rowEnd * 4 + this.#values.end + this.#values.textEnd
  }

  #write(target: TaskId, tuple: Tuple): void {
    const values = this.#values
    const rowStart = this.#rowEnd
    const valuesStart = values.end
    const textStart = values.textEnd
    let index = 0
    try {
      this.#row(target, tuple)
      const items = tuple.values
      if (items.length > MAX_ENTRIES) throw tooLarge(this.#maxBytes)
      values.varint(items.length)
      for (; index < items.length; index++) values.value(items[index], 0)
      if (this.#bodyBytes() > this.#maxBytes) throw tooLarge(this.#maxBytes)
    } catch (error) {
      this.#rowEnd = rowStart
      values.end = valuesStart
      values.textEnd = textStart
      throw explain(error, tuple, index)
    }
    this.#count++
  }

  #row(target: TaskId, tuple: Tuple): void {
    const { more, source } = tuple
    let at = this.#rowEnd
    // The common case is one tree: 8 int32.
    if (more === undefined) {
      if (at + ROW_INTS + ANCHOR_INTS > this.#rows.length) this.#growRows(ROW_INTS + ANCHOR_INTS)
      const rows = this.#rows
      rows[at] = target
      rows[at + 1] = source.task
      if (tuple.rootHigh === 0) {
        rows[at + 2] = source.streamIndex
        this.#rowEnd = at + ROW_INTS
      } else {
        rows[at + 2] = source.streamIndex | (1 << 16)
        this.#rowEnd = writeAnchor(rows, at + ROW_INTS, tuple)
      }
      return
    }
    const anchors = 1 + more.length
    if (anchors > MAX_UINT16) throw new TyphoonError('TUPLE_TOO_LARGE', `it has ${anchors} anchors`)
    if (at + ROW_INTS + anchors * ANCHOR_INTS > this.#rows.length) this.#growRows(ROW_INTS + anchors * ANCHOR_INTS)
    const rows = this.#rows
    rows[at] = target
    rows[at + 1] = source.task
    rows[at + 2] = source.streamIndex | (anchors << 16)
    at = writeAnchor(rows, at + ROW_INTS, tuple)
    for (const anchor of more) at = writeAnchor(rows, at, anchor)
    this.#rowEnd = at
  }

  #growRows(ints: number): void {
    if ((this.#rowEnd + ints) * 4 > this.#maxBytes) throw tooLarge(this.#maxBytes)
    const larger = new Int32Array(Math.max(this.#rowEnd + ints, 2 * this.#rows.length))
    larger.set(this.#rows.subarray(0, this.#rowEnd))
    this.#rows = larger
  }

  /** Finishes the open body and starts the next one. */
  #seal(): void {
    const values = this.#values
    const rowsEnd = HEAD_BYTES + this.#rowEnd * 4
    const body = Buffer.allocUnsafeSlow(this.#bodyBytes())
    new Uint32Array(body.buffer, 0, 4).set([this.#count, this.#rowEnd, values.end, values.textEnd])
    new Int32Array(body.buffer, HEAD_BYTES, this.#rowEnd).set(this.#rows.subarray(0, this.#rowEnd))
    body.set(values.bytes.subarray(0, values.end), rowsEnd)
    body.set(values.text.subarray(0, values.textEnd), rowsEnd + values.end)
    this.#full.push(body)
    this.#fullCount += this.#count
    this.#fullBytes += body.length
    this.#count = 0
    this.#rowEnd = 0
    if (this.#rows.length > KEPT_ROW_INTS) this.#rows = new Int32Array(FIRST_ROW_INTS)
    values.reset()
  }
}

function writeAnchor(rows: Int32Array, at: number, anchor: Anchor): number {
  rows[at] = anchor.rootHigh
  rows[at + 1] = anchor.rootLow
  rows[at + 2] = anchor.high
  rows[at + 3] = anchor.low
  rows[at + 4] = anchor.trace
  return at + ANCHOR_INTS
}

/** The error for the user: which value of which stream. */
function explain(error: unknown, tuple: Tuple, index: number): unknown {
  const { component, stream, task, fields } = tuple.source
  const where = { component, stream, task }
  if (error instanceof TyphoonError) {
    return new TyphoonError(error.code, `a tuple of ${component}, stream ${stream}, cannot be sent: ${error.message}`, {
      where,
    })
  }
  if (!(error instanceof Unencodable)) return error
  const name = fields.names[index]
  const path = `values[${index}]${error.path.join('')}`
  const value = name === undefined ? path : `${path} (field "${name}")`
  return new TyphoonError('CANNOT_ENCODE', `${value} ${error.reason}; it cannot be sent to another process`, {
    where: { ...where, path, ...(name === undefined ? {} : { field: name }) },
    hint: error.hint,
  })
}
