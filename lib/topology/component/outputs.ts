/** What a component emits: its streams, their fields, and the types of their rows. */
import type { Fields } from '../../tuple/fields.ts'

declare const streamsMark: unique symbol

/** Marks the output type of a component with several streams: `Streams<{ words: Word; errors: Problem }>`. */
export type Streams<S extends Record<string, object>> = { readonly [streamsMark]: S }

/** Output type of a component → its rows by stream; one row alone means the default stream. */
export type StreamsOf<Out> = 0 extends 1 & Out ? any : Out extends Streams<infer S> ? S : { default: Out }

/** A stream whose emitter names the receiving task, see `emitDirect`. */
export interface DirectStream<Row = any> {
  readonly direct: true
  readonly fields: Fields<Row>
}

/** Declares a direct stream: `{ replies: direct(fields('id', 'answer')) }`. */
export function direct<Row>(fields: Fields<Row>): DirectStream<Row> {
  return { direct: true, fields }
}

/** What a component declares: the fields of its default stream, or its streams by name. */
export type Outputs<Out = any> = 0 extends 1 & Out
  ? Fields | { readonly [stream: string]: Fields | DirectStream }
  : Out extends Streams<infer S>
    ? { readonly [K in keyof S]: Fields<S[K]> | DirectStream<S[K]> }
    : Fields<Out>
