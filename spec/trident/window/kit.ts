/** What windows need to run by themselves: partitions over a store that a test keeps, and batches as data. */
import type { ExecutionContext } from 'ava'
import { type ErrorCode, Fields, TyphoonError } from '../../../lib/index.ts'
import type { Store, StoreWriter } from '../../../lib/store/store.ts'
import type { AnyAggregator, ReducerAggregator } from '../../../lib/trident/model/operation.ts'
import type { StateContext } from '../../../lib/trident/model/state.ts'
import { NamedOperation } from '../../../lib/trident/operation/named-operation.ts'
import type { Row } from '../../../lib/trident/operation/processor.ts'
import { MemoryStore } from '../../../lib/trident/window/memory-store.ts'
import type { WindowConfig } from '../../../lib/trident/window/window-config.ts'
import type { WindowState } from '../../../lib/trident/window/window-state.ts'
import { type WindowStore, windowState } from '../../../lib/trident/window/window-store.ts'
import { FakeContext } from '../../components/fakes.ts'

/** A card and an amount. */
export const FIELDS = new Fields(['card', 'shop', 'amount'])

export const row = (card: string, amount: number): Row => [card, 'a shop', amount]

/** The amounts of a window, in their order. */
export const amounts: ReducerAggregator<readonly number[]> = {
  init: () => [],
  reduce: (list, tuple) => [...list, tuple.get('amount')],
}

export interface TestBatch {
  readonly startedAt: number
  readonly rows: readonly Row[]
}

/** A disk that can be full; what was written stays when the partitions over it are thrown away. */
export class TestStore extends MemoryStore {
  /** What the next transaction does instead of, or after, its work. */
  next: 'full' | 'killed after' | undefined

  override transaction(write: (writer: StoreWriter) => void): void {
    const next = this.next
    this.next = undefined
    if (next === 'full') throw new TyphoonError('STATE_UNAVAILABLE', 'the disk is full')
    super.transaction(write)
    if (next === 'killed after') throw new Error('killed')
  }

  chunks(): number {
    return [...this.range('chunk/')].length
  }
}

export function keptIn(store: Store, maxRows = 1_000_000): WindowStore {
  return { label: 'test', survives: true, maxRows, placeOf: () => 'test', open: async () => store }
}

export function contextOf(over: Partial<StateContext> & { stateDir?: string } = {}): StateContext {
  const config = over.stateDir === undefined ? {} : { 'topology.state.dir': over.stateDir }
  const task = new FakeContext({ config })
  return { name: 'spend', partitionIndex: 0, numPartitions: 1, task, spout: 'transactional', ...over }
}

export interface WindowRun {
  window: WindowConfig
  store?: WindowStore
  groupBy?: readonly string[]
  context?: StateContext
}

export async function openWindows(run: WindowRun): Promise<WindowState> {
  const { window, store = keptIn(new TestStore()), groupBy = ['card'], context = contextOf() } = run
  return await windowState({ window, fields: FIELDS, groupBy, input: ['amount'], store }).makeState(context)
}

export const WINDOW = new NamedOperation('the window', { place: undefined })

/** One attempt, up to the commit; what it has emitted. */
export function attempt(
  state: WindowState,
  txid: number,
  { startedAt, rows }: TestBatch,
  aggregator: AnyAggregator = amounts,
): (readonly unknown[])[] {
  const emitted: (readonly unknown[])[] = []
  state.beginCommit(txid)
  const collector = { emit: (values: Row) => void emitted.push(values), reportError: () => {}, operation: WINDOW }
  state.apply(startedAt, rows, aggregator, collector, [])
  state.commit(txid)
  return emitted
}

/** Runs batches of the transactions 1, 2, … of one row each that are given as amounts, or as lists of them. */
export async function emittedBy(
  window: WindowConfig,
  batches: readonly (readonly [startedAt: number, ...amounts: number[]])[],
  groupBy: readonly string[] = [],
): Promise<unknown[]> {
  const state = await openWindows({ window, groupBy })
  return batches.map(([startedAt, ...list], index) =>
    attempt(state, index + 1, { startedAt, rows: list.map((amount) => row('x', amount)) }).map(([values]) => values),
  )
}

export async function throwsCode(t: ExecutionContext, code: ErrorCode, call: () => unknown): Promise<TyphoonError> {
  const error = await t.throwsAsync(async () => void (await call()), { instanceOf: TyphoonError })
  t.is(error?.code, code, error?.message)
  return error as TyphoonError
}
