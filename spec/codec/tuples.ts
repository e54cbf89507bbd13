/** What the tests of the codec share: a stream, tuples of it, and a trip there and back. */

import { readTupleBatch } from '../../lib/codec/tuple-batch-reader.ts'
import { TupleBatchWriter } from '../../lib/codec/tuple-batch-writer.ts'
import { fields } from '../../lib/tuple/fields.ts'
import type { TaskId } from '../../lib/tuple/ids.ts'
import { type Anchor, Tuple, type TupleSource, untrackedTuple } from '../../lib/tuple/tuple.ts'

export const WORDS: TupleSource = {
  component: 'split',
  stream: 'default',
  task: 3,
  fields: fields('word'),
  streamIndex: 0,
}
export const LOGS: TupleSource = {
  component: 'split',
  stream: 'logs',
  task: 4,
  fields: fields('a', 'b'),
  streamIndex: 65_535,
}

const SOURCES = [WORDS, LOGS]

export function sourceOf(task: TaskId, streamIndex: number): TupleSource | undefined {
  return SOURCES.find((source) => source.task === task && source.streamIndex === streamIndex)
}

export function tracked(values: readonly unknown[], source: TupleSource, anchors: readonly Anchor[]): Tuple {
  const [first, ...more] = anchors
  if (first === undefined) return untrackedTuple(values, source)
  const { rootHigh, rootLow, high, low, trace } = first
  return new Tuple(values, source, rootHigh, rootLow, high, low, trace, more.length === 0 ? undefined : more)
}

export function anchorsOf(tuple: Tuple): Anchor[] {
  const { rootHigh, rootLow, high, low, trace, more } = tuple
  return [{ rootHigh, rootLow, high, low, trace }, ...(more ?? [])]
}

export function bodyOf(...tuples: Tuple[]): Uint8Array {
  const writer = new TupleBatchWriter({ maxFrameBytes: 16 * 1024 * 1024 })
  for (const tuple of tuples) writer.add(7, tuple)
  return writer.take()!
}

export function read(body: Uint8Array): { target: TaskId; tuple: Tuple }[] {
  const seen: { target: TaskId; tuple: Tuple }[] = []
  const count = readTupleBatch(body, sourceOf, (target, tuple) => seen.push({ target, tuple }))
  if (count !== seen.length) throw new Error(`${count} tuples were announced, ${seen.length} visited`)
  return seen
}

/** One value there and back. */
export function roundTrip(value: unknown): unknown {
  return read(bodyOf(untrackedTuple([value], WORDS)))[0]!.tuple.values[0]
}
