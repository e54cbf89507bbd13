/**
 * What an operation gives, against the output fields that are named for it: `unknown` where they fit, else a type that
 * says what does not.
 */
import type { NamesOf } from '../../index.ts'
import type { ValueQuery } from '../builtin/queries.ts'
import type { TridentCollector } from '../model/operation.ts'
import type { MapState, Snapshottable } from '../model/state.ts'

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

/** The rows that something emits, of which the type is known where it was declared. */
type RowFits<Row, Out> = unknown extends Row
  ? unknown
  : 0 extends 1 & Out
    ? unknown
    : [Row] extends [Out]
      ? [keyof Row] extends [keyof Out]
        ? unknown
        : { readonly 'what is emitted has the fields': NamesOf<Row> }
      : { readonly 'the row that is emitted is': Row; readonly 'the fields hold': Out }

/** What an aggregator makes: a value for one field of a combiner and a reducer, rows of any other one. */
export type AggregateFits<A, Out> = A extends { prepare(...given: any): infer Made }
  ? AggregateFits<Awaited<Made>, Out>
  : A extends { zero(): infer T }
    ? ResultFits<T, Out>
    : A extends { init(): infer T; reduce(...given: any): any }
      ? ResultFits<T, Out>
      : A extends { complete(state: any, collector: TridentCollector<infer Row>): void }
        ? RowFits<Row, Out>
        : unknown

/** What a query answers: a value of the state, or the rows that it emits. */
export type AnswerFits<Query, S, Out> =
  Query extends ValueQuery<any>
    ? ResultFits<ValueOf<S>, Out>
    : Query extends { prepare(...given: any): infer Made }
      ? AnswerFits<Awaited<Made>, S, Out>
      : Query extends { execute(tuple: any, result: any, collector: TridentCollector<infer Row>): void }
        ? RowFits<Row, Out>
        : unknown

type ValueOf<S> = S extends MapState<infer V> ? V : S extends Snapshottable<infer V> ? V : any
