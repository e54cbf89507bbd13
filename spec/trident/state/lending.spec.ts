/**
 * What a state keeps is never what the user's code has in its hands: reducers, queries and readers of new values that
 * change everything they get in place come to the same as those that change nothing, whatever fails and comes again.
 */
import test from 'ava'
import fc from 'fast-check'
import { Fields } from '../../../lib/index.ts'
import { MapGet, SnapshotGet, TupleCollectionGet } from '../../../lib/trident/builtin/queries.ts'
import type { MapState, StateFactory, StateKind } from '../../../lib/trident/model/state.ts'
import { mapState, memoryMap, snapshot } from '../../../lib/trident/state/factories.ts'
import {
  slidingCount,
  slidingDuration,
  tumblingCount,
  type WindowConfig,
} from '../../../lib/trident/window/window-config.ts'
import { memoryWindows, windowState } from '../../../lib/trident/window/window-store.ts'
import { WINDOW } from '../window/kit.ts'
import { stateContext } from './fixtures.ts'

const KINDS: readonly StateKind[] = ['non-transactional', 'transactional', 'opaque']

/** A value with everything in it that can be changed in place. */
interface Log {
  items: number[]
  byItem: Map<string, number[]>
  seen: Set<number>
  bytes: Uint8Array
  at: Date
}

const empty = (): Log => ({
  items: [],
  byItem: new Map(),
  seen: new Set(),
  bytes: new Uint8Array(2),
  at: new Date(0),
})

function inPlace(log: Log, item: number): Log {
  log.items.push(item)
  log.byItem.set(`${item}`, [...(log.byItem.get(`${item}`) ?? []), item])
  log.seen.add(item)
  log.bytes[0]! += item
  log.at.setTime(log.at.getTime() + item)
  return log
}

const pure = (log: Log, item: number): Log => inPlace(structuredClone(log), item)

/** Spoils what it gets as well as it can. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Map || value instanceof Set) {
    for (const item of value.values()) spoil(item)
    value.clear()
  } else if (value instanceof Date) value.setTime(-1)
  else if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer).fill(255)
  else {
    for (const item of Object.values(value)) spoil(item)
    if (Array.isArray(value)) value.length = 0
    else for (const name of Object.keys(value)) delete (value as Record<string, unknown>)[name]
  }
}

/**
 * An attempt at the next transaction: its rows; an attempt that is not the last one ends somewhere before its commit,
 * or after it.
 */
interface Attempt {
  readonly rows: readonly (readonly [key: string, item: number])[]
  readonly ends: 'before the commit' | 'after it, and comes again' | 'over'
}

const attempts = fc.array(
  fc.record<Attempt>({
    rows: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 })), { maxLength: 5 }),
    ends: fc.constantFrom('before the commit', 'after it, and comes again', 'over'),
  }),
  { maxLength: 12 },
)

const STORES: Readonly<Record<string, (kind: StateKind) => StateFactory<MapState<Log>>>> = {
  'in memory': (kind) => memoryMap({ kind }),
  'in a store behind a cache': (kind) => stored(kind, 1000),
  'in a store': (kind) => stored(kind, 0),
}

function stored(kind: StateKind, cacheSize: number): StateFactory<MapState<Log>> {
  const disk = new Map<string, unknown>()
  return mapState<Log>({
    label: 'disk',
    survives: true,
    kind,
    cacheSize,
    create: () => ({
      multiGet: (keys) => keys.map((key) => disk.get(key)),
      multiPut: (keys, records) => keys.forEach((key, index) => void disk.set(key, records[index])),
      entries: () => disk.entries() as Iterable<[string, never]>,
    }),
  })
}

/** All that a state says while it goes through the attempts. */
async function told(
  factory: StateFactory<MapState<Log>>,
  given: readonly Attempt[],
  reduce: (log: Log, item: number) => Log,
  after: (value: unknown) => void,
): Promise<unknown[]> {
  const state = await factory.makeState(stateContext({}))
  const said: unknown[] = []
  const hear = (value: unknown): void => {
    said.push(structuredClone(value))
    after(value)
  }
  let txid = 1
  for (const { rows, ends } of given) {
    await state.beginCommit(txid)
    for (const [key, item] of rows) hear(await state.multiUpdate([key], (log) => reduce(log ?? empty(), item)))
    if (ends !== 'before the commit') await state.commit(txid)
    else await state.beginCommit(null)
    hear(await state.multiGet(['a', 'b', 'c', 'a']))
    for await (const entry of state.entries!()) hear([...entry])
    if (ends === 'over') txid++
  }
  return said
}

for (const kind of KINDS)
  for (const [where, factoryOf] of Object.entries(STORES))
    test(`a ${kind} map ${where}: reducers and readers that change in place come to the same as those that do not`, async (t) => {
      await fc.assert(
        fc.asyncProperty(attempts, async (given) => {
          // A replay has the same rows, for a transactional state.
          const fixed = kind === 'transactional' ? sameRows(given) : given
          const expected = await told(factoryOf(kind), fixed, pure, () => {})
          t.deepEqual(await told(factoryOf(kind), fixed, inPlace, spoil), expected)
        }),
        { numRuns: 30 },
      )
    })

function sameRows(given: readonly Attempt[]): Attempt[] {
  let rows = given[0]?.rows ?? []
  let isNew = false
  return given.map((attempt) => {
    if (isNew) rows = attempt.rows
    isNew = attempt.ends === 'over'
    return { ...attempt, rows }
  })
}

test('a state of one value, and the queries that come with Trident, lend copies as well', async (t) => {
  const one = await snapshot(memoryMap<number[]>({ kind: 'opaque' })).makeState(stateContext({}))
  await one.beginCommit(1)
  await one.update(() => [1])
  await one.commit(1)
  const tuples = [{ values: ['k'] }, { values: ['k'] }] as any
  for (const list of await SnapshotGet.batchRetrieve(one, tuples)) {
    t.deepEqual(list, [1])
    spoil(list)
  }
  const map = await memoryMap<number[]>({ kind: 'opaque' }).makeState(stateContext({}))
  await map.beginCommit(1)
  await map.multiPut(['k'], [[1]])
  await map.commit(1)
  for (const list of await MapGet.batchRetrieve(map, tuples)) {
    t.deepEqual(list, [1])
    spoil(list)
  }
  const emitted: unknown[][] = []
  for (const rows of await TupleCollectionGet.batchRetrieve(map, tuples))
    TupleCollectionGet.execute(tuples[0], rows, {
      emit: (row) => {
        emitted.push(structuredClone([...(row as unknown[])]))
        spoil(row)
      },
      reportError: () => {},
    })
  t.deepEqual(emitted, [
    ['k', [1]],
    ['k', [1]],
  ])
})

test('what cannot be kept as it is is refused at the first write, in memory too', async (t) => {
  class Counter {
    count = 0
  }
  for (const value of [new Counter(), () => 1, [new Counter()]]) {
    const map = await memoryMap<unknown>().makeState(stateContext({}))
    await map.beginCommit(1)
    t.throws(() => map.multiPut(['k'], [value]), { code: 'CANNOT_ENCODE' })
  }
})

const WINDOWS: readonly WindowConfig[] = [tumblingCount(2), slidingCount(4, 1), slidingDuration(30, 10)]
const windowAttempts = fc.array(
  fc.record({
    rows: fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 9 })), { maxLength: 4 }),
    ends: fc.constantFrom<Attempt['ends']>('before the commit', 'after it, and comes again', 'over'),
    ms: fc.nat(15),
  }),
  { maxLength: 12 },
)

for (const config of WINDOWS)
  test(`windows, ${JSON.stringify(config)}: an aggregator that changes its rows in place comes to the same as one that does not`, async (t) => {
    await fc.assert(
      fc.asyncProperty(windowAttempts, async (given) => {
        const run = async (change: (value: unknown) => void): Promise<unknown[]> => {
          const state = await windowState({
            window: config,
            fields: new Fields(['key', 'item']),
            groupBy: ['key'],
            input: ['item'],
            store: memoryWindows(),
          }).makeState(stateContext({}))
          const said: unknown[] = []
          let [txid, time] = [1, 1]
          for (const { rows, ends, ms } of given) {
            const items = rows.map(([key, item]) => [[key], { list: [item] }])
            state.beginCommit(txid)
            const list = {
              init: (): number[] => [],
              reduce(all: number[], { values }: { values: readonly any[] }) {
                all.push(...values[0].list)
                change(values)
                return all
              },
            }
            const emit = (values: readonly unknown[]): void => {
              said.push(structuredClone([...values]))
              change(values)
            }
            state.apply(time, items, list as any, { emit: emit as any, reportError: () => {}, operation: WINDOW }, [
              'items',
            ])
            change(items)
            if (ends !== 'before the commit') state.commit(txid)
            if (ends === 'over') {
              txid++
              time += ms
            }
          }
          return said
        }
        t.deepEqual(await run(spoil), await run(() => {}))
      }),
    )
  })
