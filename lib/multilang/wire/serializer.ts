/** How messages become bytes: a port with two implementations, chosen by `topology.multilang.serializer`. */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { FromChild, ToChild } from './messages.ts'

/** Bytes of one message, or its text in UTF-8. */
export type Frame = string | Uint8Array

/** What a decoder finds in the bytes of a child; or, on the child's side, in those of its parent. */
export interface Sink {
  message(message: FromChild): void
  /** A list: the tasks that got an emitted tuple. Left out on the parent's side, where a list breaks the protocol. */
  taskIds?(ids: readonly number[]): void
  /** A line that is no part of a message: something was printed. */
  stray(line: string): void
}

/** Bytes → messages. */
export interface Decoder {
  /** Takes the next bytes, cut anywhere. @throws CHILD_PROTOCOL where they are no messages */
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

/** Where an emitted tuple goes; one object for all tuples that go there, where it can be, so that what is made of it is kept. */
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

/** Checks the values of a tuple. Hot. @throws CANNOT_ENCODE */
export function checkValues(values: readonly unknown[]): void {
  for (const [index, value] of values.entries())
    if (typeof value !== 'string' && typeof value !== 'number') checkJson(value, `value ${index}`)
}

/** Deeper values are refused; so is one that contains itself. */
const DEEPEST = 64

/** @throws CANNOT_ENCODE where a value is none that JSON has: it would silently arrive as something else. */
export function checkJson(value: unknown, path: string, depth = 0): void {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol')
      throw notJson(value, path)
  } else if (depth >= DEEPEST) throw tooDeep(path)
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkJson(item, `${path}[${index}]`, depth + 1)
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) checkJson((value as any)[key], `${path}.${key}`, depth + 1)
  } else if (!(value instanceof Date)) throw notJson(value, path)
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function tooDeep(path: string): TyphoonError {
  const what = `is nested deeper than ${DEEPEST}, or contains itself`
  return new TyphoonError('CANNOT_ENCODE', `${path.slice(0, path.search(/[.[]/))} ${what}`)
}

function notJson(value: unknown, path: string): TyphoonError {
  const what = typeof value === 'object' ? ((value as object).constructor?.name ?? 'object') : typeof value
  return new TyphoonError(
    'CANNOT_ENCODE',
    `${path} is a ${what}, which a child process in another language cannot get`,
    {
      hint: 'emit plain values to it: texts, numbers, booleans, null, lists and maps of them',
    },
  )
}
