/** How messages become bytes: a port with two implementations, chosen by `topology.multilang.serializer`. */
import type { FromChild, ToChild } from './messages.ts'

/** Bytes of one message, or its text in UTF-8. */
export type Frame = string | Uint8Array

/** What a decoder finds in the bytes of a child; or, on the child's side, in those of its parent. */
export interface Sink {
  message(message: FromChild): void
  /** A list: the tasks that got an emitted tuple. Left out on the parent's side, where a list breaks the protocol. */
  taskIds?(ids: readonly number[]): void
  /** A line that is not part of a message: something was printed. */
  stray(line: string): void
}

/** Bytes → messages. */
export interface Decoder {
  /** Takes the next bytes, cut anywhere. @throws CHILD_PROTOCOL where they are not messages */
  push(bytes: Uint8Array): void
  /** No more bytes come; what is left over is stray. */
  end(): void
}

/** Messages ⇄ bytes. */
export interface Serializer {
  readonly name: 'json' | 'msgpack'
  /** A message in either direction. @throws CANNOT_ENCODE */
  encode(message: ToChild | FromChild): Frame
  /** Encodes a tuple for a bolt. Hot. @throws CANNOT_ENCODE */
  encodeTuple(id: string, source: TupleHead, values: readonly unknown[]): Frame
  /** Encodes an emit of a child. Hot. @throws CANNOT_ENCODE */
  encodeEmit(head: EmitHead, values: readonly unknown[], origin: EmitOrigin): Frame
  /** Encodes an ack or a fail of a bolt's child. Hot. */
  encodeSettled(command: 'ack' | 'fail', id: string): Frame
  /** @param maxBytes most that one message may have */
  decoder(sink: Sink, maxBytes: number): Decoder
}

/** Where a tuple comes from; one object for all tuples of a stream, so that what is made of it is kept. */
export interface TupleHead {
  readonly component: string
  readonly stream: string
  readonly task: number
}

/**
 * Where an emitted tuple goes; one object for all tuples that go there, where it can be, so that what is made of it is
 * kept.
 */
export interface EmitHead {
  readonly stream: string
  readonly need_task_ids: boolean
  /** The receiving task of a direct stream. */
  readonly task?: number
}

/** What an emitted tuple hangs on: the ids of a bolt's input, a spout's message id, or nothing. */
export interface EmitOrigin {
  readonly anchors?: readonly string[]
  readonly id?: string | number
}
