/**
 * What is done with a stream, as data: what a user writes in TypeScript or YAML becomes one of these, and a planner
 * makes of them what runs. All of them name alike what they have alike: `function` is what the user has programmed,
 * `input` the fields that it sees, `fields` those that come out of it, `groupBy` those whose values make a group.
 */
import type { CustomStreamGrouping, Fields } from '../../index.ts'
import type { Comparator } from '../aggregate/extreme.ts'
import type { JoinOutFieldsMode, JoinType } from '../aggregate/join.ts'
import type {
  AnyAggregator,
  CombinerAggregator,
  Consumer,
  FlatMapFunction,
  GroupedMultiReducer,
  MapFunction,
  MultiReducer,
  PerTask,
  QueryFunction,
  ReducerAggregator,
  StateUpdater,
  TridentFilter,
  TridentFunction,
} from '../model/operation.ts'
import type { MapState, StateFactory } from '../model/state.ts'
import type { TridentTuple } from '../model/tuple.ts'
import type { WindowConfig } from '../window/window-config.ts'
import type { WindowStore } from '../window/window-store.ts'
import type { StateNode } from './state-node.ts'

type Names = readonly string[]

/** One tuple after the other. Without `fields`, `each` is a filter. */
export type RowOperator =
  | { readonly op: 'each'; readonly function: PerTask<TridentFunction>; readonly input: Names; readonly fields: Fields }
  | {
      readonly op: 'each'
      readonly function: PerTask<TridentFilter>
      readonly input: Names
      readonly fields?: undefined
    }
  | { readonly op: 'filter'; readonly function: PerTask<TridentFilter>; readonly input: Names }
  | { readonly op: 'map'; readonly function: PerTask<MapFunction>; readonly fields: Fields }
  | { readonly op: 'flatMap'; readonly function: PerTask<FlatMapFunction>; readonly fields: Fields }
  | { readonly op: 'peek'; readonly function: PerTask<Consumer> }
  | { readonly op: 'project'; readonly input: Names }

/** An aggregation of the tuples of a batch. */
export interface Aggregation {
  readonly function: PerTask<AnyAggregator>
  readonly input: Names
  readonly fields: Fields
}

/** All tuples of a batch, of each partition, or of each group. */
export type AggregateOperator =
  | ({ readonly op: 'partitionAggregate' } & Aggregation)
  | ({ readonly op: 'aggregate'; readonly groupBy?: Names | undefined } & Aggregation)
  | { readonly op: 'chainedAgg'; readonly aggregations: readonly Aggregation[]; readonly groupBy?: Names | undefined }
  | { readonly op: 'min' | 'max'; readonly function: Comparator<TridentTuple> }
  | {
      readonly op: 'minBy' | 'maxBy'
      /** One field. */
      readonly input: Names
      /** Compares values of the field; their natural order if it is left out. */
      readonly function?: Comparator | undefined
    }

/** What lasts over all batches: a state, which is made under its name, or asked. */
export type StateOperator =
  | {
      readonly op: 'persistentAggregate'
      readonly name: string
      readonly state: StateFactory<MapState>
      readonly function: PerTask<CombinerAggregator | ReducerAggregator>
      readonly input: Names
      readonly fields: Fields
      readonly groupBy?: Names | undefined
    }
  | {
      readonly op: 'partitionPersist'
      readonly name: string
      readonly state: StateFactory<any>
      readonly function: PerTask<StateUpdater>
      readonly input: Names
      readonly fields: Fields
    }
  | {
      readonly op: 'stateQuery'
      readonly state: StateNode
      readonly function: PerTask<QueryFunction>
      readonly input: Names
      readonly fields: Fields
      readonly groupBy?: Names | undefined
    }
  | ({
      readonly op: 'window'
      readonly name: string
      readonly window: WindowConfig
      readonly groupBy?: Names | undefined
      /** Where its tuples are kept; the embedded store where it is left out. */
      readonly store?: WindowStore | undefined
    } & Aggregation)

/** Several streams into one; the lists have an item for each of them. */
export type JointOperator =
  | { readonly op: 'merge' }
  | {
      readonly op: 'join'
      readonly on: readonly Names[]
      readonly types: readonly JoinType[]
      readonly mode: JoinOutFieldsMode
      /** Names of the output; those of the streams where they are left out. */
      readonly names?: Names | undefined
    }
  | {
      readonly op: 'multiReduce'
      readonly function: PerTask<MultiReducer>
      readonly inputs: readonly Names[]
      readonly fields: Fields
      readonly groups?: never
    }
  | {
      readonly op: 'multiReduce'
      readonly function: PerTask<GroupedMultiReducer>
      readonly inputs: readonly Names[]
      readonly fields: Fields
      readonly groups: readonly Names[]
    }

/** Which partitions of what comes next get a tuple. */
export type Repartitioning =
  | { readonly op: 'shuffle' | 'localOrShuffle' | 'broadcast' | 'global' | 'batchGlobal' | 'identityPartition' }
  | { readonly op: 'partitionBy'; readonly input: Names }
  | { readonly op: 'partition'; readonly function: () => CustomStreamGrouping }

/** Any of them. */
export type Operator = RowOperator | AggregateOperator | StateOperator | JointOperator | Repartitioning

/** Name of one. */
export type OperatorName = Operator['op']

/** Those of a name. */
export type OperatorOf<Name extends OperatorName> = Named<Operator, Name>

type Named<One, Name> = One extends { readonly op: infer Names } ? (Name extends Names ? One : never) : never
