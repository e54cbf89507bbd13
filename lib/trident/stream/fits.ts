/**
 * What an operation gives, against the output fields that are named for it: `unknown` where they fit, else a type that
 * says what does not.
 */
import type { NamesOf } from '../../index.ts'
import type { ValueQuery } from '../operation/builtin/queries.ts'
import type { MapState, Snapshottable } from '../state/state.ts'

/** One field, which can hold the value. */
export type ResultFits<T, Out> = 0 extends 1 & T
  ? unknown
  : 0 extends 1 & Out
    ? unknown
    : NamesOf<Out> extends readonly [string]
      ? [T] extends [Out[keyof Out]]
        ? unknown
        : { readonly 'the value is': T; readonly 'the field holds': Out[keyof Out] }
      : { readonly 'the value goes into one field, and these are': NamesOf<Out> }

/** What is known of a query's answer: that of one which gives a value of the state. */
export type AnswerFits<Query, S, Out> = Query extends ValueQuery<any> ? ResultFits<ValueOf<S>, Out> : unknown

type ValueOf<S> = S extends MapState<infer V> ? V : S extends Snapshottable<infer V> ? V : any
