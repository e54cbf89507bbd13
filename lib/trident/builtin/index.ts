/**
 * What comes with Trident. What needs no argument is a ready value (`Count`), what needs some is a function that gives
 * it (`firstN(5, 'count')`); `BUILTINS` has all of them by their name in Storm, for definitions in YAML.
 */
import type { AnyAggregator, PerTask, QueryFunction, TridentFilter } from '../model/operation.ts'
import { Count, Max, Min, Sum } from './combiners.ts'
import { debug, Equals, FilterNull, negate } from './filters.ts'
import { firstN, maxBy, minBy } from './first-n.ts'
import { MapGet, SnapshotGet, TupleCollectionGet } from './queries.ts'

export { Count, Max, Min, Sum } from './combiners.ts'
export { debug, Equals, FilterNull, negate } from './filters.ts'
export { firstN, maxBy, minBy } from './first-n.ts'
export { MapGet, SnapshotGet, TupleCollectionGet } from './queries.ts'

/** An argument of a built-in. A filter is one itself: of a built-in or of the user. */
export interface BuiltinArgument {
  readonly name: string
  readonly type: 'integer' | 'text' | 'flag' | 'filter'
  readonly optional?: true
}

interface Made<Kind extends string, Operation> {
  readonly kind: Kind
  readonly args: readonly BuiltinArgument[]
  /** A combiner or a reducer, which aggregates over all batches too. */
  readonly accumulates?: true
  make(...args: any[]): Operation
}

/** A built-in operation, and what it is made with. */
export type Builtin =
  | Made<'filter', PerTask<TridentFilter>>
  | Made<'aggregator', AnyAggregator>
  | Made<'query', QueryFunction>

const FIELD: BuiltinArgument = { name: 'field', type: 'text' }

/**
 * The built-in operations by name. `make` is given arguments of the types that `args` says, those at the end left out
 * where they are optional.
 */
export const BUILTINS = {
  Count: { kind: 'aggregator', accumulates: true, args: [], make: () => Count },
  Sum: { kind: 'aggregator', accumulates: true, args: [], make: () => Sum },
  Min: { kind: 'aggregator', accumulates: true, args: [], make: () => Min },
  Max: { kind: 'aggregator', accumulates: true, args: [], make: () => Max },
  MinBy: { kind: 'aggregator', args: [FIELD], make: (field: string) => minBy(field) },
  MaxBy: { kind: 'aggregator', args: [FIELD], make: (field: string) => maxBy(field) },
  FirstN: {
    kind: 'aggregator',
    args: [
      { name: 'n', type: 'integer' },
      { name: 'sortField', type: 'text', optional: true },
      { name: 'reverse', type: 'flag', optional: true },
    ],
    make: (n: number, sortField?: string, reverse?: boolean) => firstN(n, sortField, reverse),
  },
  FilterNull: { kind: 'filter', args: [], make: () => FilterNull },
  Equals: { kind: 'filter', args: [], make: () => Equals },
  Negate: {
    kind: 'filter',
    args: [{ name: 'filter', type: 'filter' }],
    make: (filter: PerTask<TridentFilter>) => negate(filter),
  },
  Debug: {
    kind: 'filter',
    args: [{ name: 'prefix', type: 'text', optional: true }],
    make: (prefix?: string) => debug(prefix),
  },
  MapGet: { kind: 'query', args: [], make: () => MapGet },
  SnapshotGet: { kind: 'query', args: [], make: () => SnapshotGet },
  TupleCollectionGet: { kind: 'query', args: [], make: () => TupleCollectionGet },
} as const satisfies Record<string, Builtin>

/** Name of a built-in. */
export type BuiltinName = keyof typeof BUILTINS
