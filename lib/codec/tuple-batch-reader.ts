/**
 * The body of a frame to tuples (see `format.ts`). A body is decoded whole before the first tuple is handed on, so one
 * that is malformed delivers nothing. Hot path.
 */
import type { TaskId } from '../tuple/ids.ts'
import { type Anchor, Tuple, type TupleSource } from '../tuple/tuple.ts'
import { ANCHOR_INTS, HEAD_BYTES, MAX_BODY_BYTES, MAX_UINT16, ROW_INTS } from './format.ts'
import { badFrame, ValueReader } from './value-reader.ts'

/**
 * Decodes a body and visits its tuples in the order in which they were added; returns how many there were. `sourceOf`
 * knows the stream that has a number at a task; it is asked once for a run of tuples of one stream. The bytes may be
 * reused afterwards.
 * @throws BAD_FRAME that says what was wrong and where; nothing was visited then.
 */
export function readTupleBatch(
  body: Uint8Array,
  sourceOf: (task: TaskId, streamIndex: number) => TupleSource | undefined,
  visit: (target: TaskId, tuple: Tuple) => void,
): number {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const { count, ints, rows, valuesAt, textAt } = readHead(bytes)
  const reader = new ValueReader(bytes, valuesAt, textAt)
  const tuples = new Array<Tuple>(count)
  const targets = new Int32Array(count)
  let source: TupleSource | undefined
  let sourceTask = 0
  let sourceStream = -1
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + ROW_INTS > ints) throw badFrame(`the rows end before tuple ${i}`, HEAD_BYTES + at * 4)
    const task = rows[at + 1]!
    const streamIndex = rows[at + 2]! & MAX_UINT16
    const anchors = rows[at + 2]! >>> 16
    if (source === undefined || sourceTask !== task || sourceStream !== streamIndex) {
      source = sourceOf(task, streamIndex)
      sourceTask = task
      sourceStream = streamIndex
      if (source === undefined) throw badFrame(`task ${task} has no stream ${streamIndex}`, HEAD_BYTES + at * 4 + 4)
    }
    targets[i] = rows[at]!
    at += ROW_INTS
    if (at + anchors * ANCHOR_INTS > ints) throw badFrame(`the rows end within tuple ${i}`, HEAD_BYTES + at * 4)
    if (anchors === 0) {
      tuples[i] = new Tuple(reader.values(), source, 0, 0, 0, 0, 0, undefined)
      continue
    }
    const more = anchors === 1 ? undefined : readAnchors(rows, at + ANCHOR_INTS, anchors - 1)
    tuples[i] = new Tuple(
      reader.values(),
      source,
      rows[at]!,
      rows[at + 1]!,
      rows[at + 2]!,
      rows[at + 3]!,
      rows[at + 4]!,
      more,
    )
    at += anchors * ANCHOR_INTS
  }
  if (at !== ints) throw badFrame(`${ints - at} int32 too many after the rows`, HEAD_BYTES + at * 4)
  reader.finish()
  for (let i = 0; i < count; i++) visit(targets[i]!, tuples[i]!)
  return count
}

interface Head {
  count: number
  ints: number
  rows: Int32Array
  valuesAt: number
  textAt: number
}

/** Where the sections lie, checked against the length of the body before anything is allocated by them. */
function readHead(bytes: Buffer): Head {
  if (bytes.length < HEAD_BYTES) throw badFrame(`the head has 16 bytes, the body has ${bytes.length}`, 0)
  if (bytes.length > MAX_BODY_BYTES)
    throw badFrame(`a body has at most ${MAX_BODY_BYTES} bytes, not ${bytes.length}`, 0)
  const count = bytes.readUInt32LE(0)
  const ints = bytes.readUInt32LE(4)
  const valuesAt = HEAD_BYTES + ints * 4
  const textAt = valuesAt + bytes.readUInt32LE(8)
  const end = textAt + bytes.readUInt32LE(12)
  if (end !== bytes.length) throw badFrame(`the head claims ${end} bytes, the body has ${bytes.length}`, 4)
  if (count * ROW_INTS > ints) throw badFrame(`the head claims ${count} tuples in ${ints} int32`, 0)
  return { count, ints, rows: rowsOf(bytes, ints), valuesAt, textAt }
}

/** The rows in place where they are aligned, else a copy: a socket hands out frames at any address. */
function rowsOf(bytes: Buffer, ints: number): Int32Array {
  const start = bytes.byteOffset + HEAD_BYTES
  if (start % 4 === 0) return new Int32Array(bytes.buffer, start, ints)
  const rows = new Int32Array(ints)
  new Uint8Array(rows.buffer).set(bytes.subarray(HEAD_BYTES, HEAD_BYTES + ints * 4))
  return rows
}

function readAnchors(rows: Int32Array, at: number, count: number): Anchor[] {
  const anchors = new Array<Anchor>(count)
  for (let i = 0; i < count; i++, at += ANCHOR_INTS) {
    anchors[i] = {
      rootHigh: rows[at]!,
      rootLow: rows[at + 1]!,
      high: rows[at + 2]!,
      low: rows[at + 3]!,
      trace: rows[at + 4]!,
    }
  }
  return anchors
}
