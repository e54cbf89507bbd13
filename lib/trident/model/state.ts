/**
 * What a state is to Trident. Names and rules: apache/storm `storm-client/src/jvm/org/apache/storm/trident/state`.
 *
 * The order of calls for one transaction in one partition: `beginCommit(txid)`, reads and updates, `commit(txid)`;
 * transactions come in strict order, one may come several times, and a txid behind the last one is a defect that must
 * throw TXID_BEHIND.
 */
import type { TaskContext } from '../../index.ts'
import type { StateKey } from '../../values/key.ts'
import type { Awaitable } from './operation.ts'

/** What a state remembers beside its values; see docs/trident.md for what follows from it. */
export type StateKind = 'non-transactional' | 'transactional' | 'opaque'

/** A partition of a state. */
export interface State {
  /**
   * Begins a transaction. What an earlier one has left that was not committed is dropped.
   * @param txid null where none begins: an update has thrown, and what it has left must go. Until the next transaction
   * the state may be read, by DRPC requests too, and not written.
   */
  beginCommit(txid: number | null): Awaitable<void>
  /** What was updated since `beginCommit` is kept when this is done. */
  commit(txid: number | null): Awaitable<void>
  /**
   * The last transaction that has written something here, undefined where none has; left out by a state that does not
   * know. Answers at once after a commit. By it a store is found out that was put back as it was earlier.
   */
  lastTxid?(): Awaitable<number | undefined>
  /**
   * Asks the store itself whether what was committed is still there; called before the end of a run is reported.
   * @throws STATE_LOST
   */
  check?(): Awaitable<void>
  close?(): Awaitable<void>
}

/** What a partition of a state is made with. */
export interface StateContext {
  /** Name of the state, unique in its topology and the same in every run. */
  readonly name: string
  readonly partitionIndex: number
  readonly numPartitions: number
  readonly task: TaskContext
  /** How the spouts behind this state replay a batch. */
  readonly spout: SpoutKind
  /**
   * A batch may come again without rows that it fails for (`topology.trident.dead.letters`): a state whose kind is left
   * open must take back what it has written.
   */
  readonly leavesOut?: boolean
  /**
   * To be called by a durable state that finds nothing stored yet, before it writes anything, as often as it likes;
   * throws STATE_LOST where this partition was written before: its store was emptied or removed while the spouts'
   * positions were kept.
   */
  readonly begins?: () => void
}

/** How a spout replays: not at all or anyhow, the same batch, or each tuple in just one batch that succeeds. */
export type SpoutKind = 'non-transactional' | 'transactional' | 'opaque'

/** Makes the partitions of a state, and says what they promise. */
export interface StateFactory<S extends State = State> {
  /** What it is, in a word or two: `memory`, `embedded store`, `redis 127.0.0.1:6379`. For `typhoon plan`. */
  readonly label: string
  /**
   * Kind of the state. Undefined lets Typhoon choose the least kind that is exactly once with the spouts behind it (see
   * `kindFor`); 'own': a state that is neither, of which Typhoon cannot tell.
   */
  readonly kind: StateKind | 'own' | undefined
  /** Whether what was committed is still there after its worker was killed. */
  readonly survives: boolean
  /** What no other state of the topology may have too: a file that it writes. */
  readonly exclusive?: string
  makeState(context: StateContext): Awaitable<S>
}

/** A new value from the stored one, undefined where there is none. `index` is that of the key in the list. */
export type ValueUpdater<V> = (stored: V | undefined, index: number) => V | undefined

/** A state that maps keys to values. An undefined value removes its key. */
export interface MapState<V = any> extends State {
  multiGet(keys: readonly StateKey[]): Awaitable<(V | undefined)[]>
  /** The new values, in the order of the keys; no key stands twice. */
  multiUpdate(keys: readonly StateKey[], updater: ValueUpdater<V>): Awaitable<(V | undefined)[]>
  multiPut(keys: readonly StateKey[], values: readonly (V | undefined)[]): Awaitable<void>
  /** Everything in this partition, for `TupleCollectionGet`; left out where the backing map cannot tell. */
  entries?(): AsyncIterable<readonly [StateKey, V]> | Iterable<readonly [StateKey, V]>
}

/** A state of one value. */
export interface Snapshottable<V = any> extends State {
  get(): Awaitable<V | undefined>
  update(updater: (stored: V | undefined) => V | undefined): Awaitable<V | undefined>
  set(value: V | undefined): Awaitable<void>
}

/**
 * Where a map state keeps its values: the two functions that a store of your own needs. Values are what can be sent
 * between workers; `encode` and `decode` of the public face make texts of them. `multiPut` is done when its promise is;
 * it need not be atomic, for a batch is written again when its commit fails.
 */
export interface BackingMap<T = any> {
  /** `multiPut` writes all or nothing, so that one call is enough where an opaque state would make two. */
  readonly isAtomic?: boolean
  /** The kind of the records that stand there, where that is not what was asked for. */
  readonly kind?: StateKind
  multiGet(keys: readonly StateKey[]): Awaitable<(T | undefined)[]>
  /** An undefined value removes its key. */
  multiPut(keys: readonly StateKey[], values: readonly (T | undefined)[]): Awaitable<void>
  entries?(): AsyncIterable<readonly [StateKey, T]> | Iterable<readonly [StateKey, T]>
  /** Whether the store is still the one that was written. @throws STATE_LOST */
  check?(): Awaitable<void>
  close?(): Awaitable<void>
}
