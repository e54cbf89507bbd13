/**
 * Counts are exact whatever happens to batches: attempts that fail before their commit, in the middle of its writes, or
 * after it because another partition failed; replays with other contents; workers that are killed and read their state
 * again.
 */
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import type { BackingMap, MapState, StateKind } from '../../../lib/trident/model/state.ts'
import { CachedMap } from '../../../lib/trident/state/backing/cached-map.ts'
import { LmdbBackingMap } from '../../../lib/trident/state/backing/lmdb-backing-map.ts'
import { manifestOf } from '../../../lib/trident/state/backing/manifest.ts'
import { MemoryBackingMap } from '../../../lib/trident/state/backing/memory-backing-map.ts'
import { mapOf } from '../../../lib/trident/state/factories.ts'
import { folderOf } from '../../folder.ts'
import { volume } from '../../volume.ts'
import { stateContext } from './fixtures.ts'

/** What happens to an attempt. */
interface Attempt {
  /** Which of the tuples that are left it holds; bit by bit. */
  readonly takes: number
  readonly end: 'fails before its commit' | 'fails in its commit' | 'is committed, and replayed'
  /** How many records a commit writes before it fails, and from which end of the list. */
  readonly writes: number
  readonly isBackwards: boolean
  readonly isKilled: boolean
}

interface Transaction {
  readonly attempts: readonly Attempt[]
  readonly takes: number
  readonly isKilled: boolean
}

const attempt: fc.Arbitrary<Attempt> = fc.record({
  takes: fc.nat(0xffff),
  end: fc.constantFrom('fails before its commit', 'fails in its commit', 'is committed, and replayed'),
  writes: fc.nat(6),
  isBackwards: fc.boolean(),
  isKilled: fc.boolean(),
})

const run = fc.record({
  tuples: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 16 }),
  transactions: fc.array(
    fc.record({ attempts: fc.array(attempt, { maxLength: 4 }), takes: fc.nat(0xffff), isKilled: fc.boolean() }),
    { minLength: 1, maxLength: 6 },
  ),
})

/** A store of JSON that writes a part and throws, when it is told to. */
class FaultyMap implements BackingMap {
  readonly isAtomic: boolean
  readonly #inner: BackingMap
  readonly #isSlow: boolean
  fault: Attempt | undefined

  constructor(inner: BackingMap, isSlow: boolean, isAtomic = false) {
    this.#inner = inner
    this.#isSlow = isSlow
    this.isAtomic = isAtomic
  }

  multiGet(keys: readonly string[]) {
    const values = this.#inner.multiGet(keys)
    return this.#isSlow ? Promise.resolve(values) : values
  }

  multiPut(keys: readonly string[], values: readonly any[]) {
    const { fault } = this
    if (fault === undefined) {
      const done = this.#inner.multiPut(keys, asJson(values))
      return this.#isSlow ? Promise.resolve(done) : done
    }
    const [from, to] = fault.isBackwards ? [-fault.writes || keys.length, undefined] : [0, fault.writes]
    if (!this.isAtomic) this.#inner.multiPut(keys.slice(from, to), asJson(values.slice(from, to)))
    // A part of it may be one call of several; the rest fails too.
    const error = new Error('the store broke')
    if (this.#isSlow) return Promise.reject(error)
    throw error
  }

  entries() {
    return this.#inner.entries!()
  }
}

function asJson(values: readonly any[]): any[] {
  return values.map((value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value))))
}

interface Setting {
  readonly kind: StateKind
  /** The new value of a key that comes once more. */
  readonly count: (stored: number | undefined) => number | undefined
  readonly isSlow: boolean
  readonly isAtomic?: boolean
  readonly cacheSize: number
  /** Opens the store, again after a kill. */
  readonly open: () => BackingMap
}

/** Plays a run and gives what is counted in the end. */
async function play(
  { kind, count, isSlow, isAtomic, cacheSize, open }: Setting,
  tuples: readonly string[],
  transactions: readonly Transaction[],
): Promise<Record<string, number>> {
  let store!: FaultyMap
  let state!: MapState<number>
  let inner: BackingMap | undefined
  const start = async () => {
    await inner?.close?.()
    inner = open()
    store = new FaultyMap(inner, isSlow, isAtomic)
    state = mapOf<number>(kind, cacheSize > 0 ? new CachedMap(store, cacheSize) : store)
  }
  const update = async (txid: number, batch: readonly string[]) => {
    await state.beginCommit(txid)
    // Two calls, so that updates compose within the batch.
    for (const part of [batch.slice(0, 3), batch.slice(3)]) {
      for (const key of part) await state.multiUpdate([key], count)
      await state.multiUpdate([], count)
    }
  }
  await start()
  let left = [...tuples]
  for (const [index, { attempts, takes, isKilled }] of [...transactions, LAST].entries()) {
    const txid = index + 1
    for (const one of attempts) {
      // A transactional spout replays what it emitted first.
      await update(txid, chosen(left, kind === 'opaque' ? one.takes : takes))
      if (one.end === 'fails in its commit') {
        store.fault = one
        await Promise.resolve()
          .then(() => state.commit(txid))
          .catch(() => {})
        store.fault = undefined
      } else if (one.end === 'is committed, and replayed') await state.commit(txid)
      if (one.isKilled) await start()
    }
    const batch = chosen(left, takes)
    await update(txid, batch)
    await state.commit(txid)
    left = left.filter((_, place) => !isChosen(takes, place))
    if (isKilled) await start()
  }
  const counts: Record<string, number> = {}
  for await (const [key, value] of state.entries!()) counts[key] = value
  await inner?.close?.()
  return counts
}

const LAST: Transaction = { attempts: [], takes: 0xffff, isKilled: true }

function isChosen(takes: number, place: number): boolean {
  return ((takes >> place) & 1) === 1
}

function chosen(left: readonly string[], takes: number): string[] {
  return left.filter((_, place) => isChosen(takes, place))
}

function counted(tuples: readonly string[], count: Setting['count']): Record<string, number> {
  const counts = new Map<string, number | undefined>()
  for (const key of tuples) counts.set(key, count(counts.get(key)))
  return Object.fromEntries([...counts].filter(([, value]) => value !== undefined)) as Record<string, number>
}

const plus = (stored: number | undefined) => (stored ?? 0) + 1
/** Removes the key at every third time. */
const rounds = (stored: number | undefined) => (stored === 2 ? undefined : (stored ?? 0) + 1)

const WAYS = [
  { name: 'a sum', count: plus },
  { name: 'a count that removes its key', count: rounds },
]

for (const kind of ['opaque', 'transactional'] as const) {
  for (const { name, count } of WAYS) {
    test(`${name} in ${kind} state is exact whatever fails`, async (t) => {
      const setting = fc.record({
        isSlow: fc.boolean(),
        isAtomic: fc.boolean(),
        cacheSize: fc.constantFrom(0, 2, 100),
      })
      await fc.assert(
        fc.asyncProperty(run, setting, async ({ tuples, transactions }, chosenSetting) => {
          const store = new MemoryBackingMap()
          const counts = await play({ kind, count, ...chosenSetting, open: () => store }, tuples, transactions)
          const expected = counted(tuples, count)
          return JSON.stringify(sorted(counts)) === JSON.stringify(sorted(expected))
        }),
        { numRuns: volume(300, 1500) },
      )
      t.pass()
    })
  }

  test(`a sum in ${kind} state in the embedded store is exact whatever fails`, async (t) => {
    let runs = 0
    const root = folderOf(t)
    await fc.assert(
      fc.asyncProperty(run, async ({ tuples, transactions }) => {
        const directory = join(root, `${runs++}`)
        const open = () => new LmdbBackingMap(directory, manifestOf(stateContext({}), kind), { sync: 'none' })
        const setting: Setting = { kind, count: plus, isSlow: false, isAtomic: true, cacheSize: 2, open }
        const counts = await play(setting, tuples, transactions)
        return JSON.stringify(sorted(counts)) === JSON.stringify(sorted(counted(tuples, plus)))
      }),
      { numRuns: volume(20, 60) },
    )
    t.pass()
  })
}

test('a key that a failed attempt has removed, and the replay does not bring, has its value again, and keeps it', async (t) => {
  const state = mapOf<number>('opaque', new MemoryBackingMap())
  const commit = async (txid: number, key: string | undefined, value: number | undefined) => {
    await state.beginCommit(txid)
    if (key !== undefined) await state.multiPut([key], [value])
    await state.commit(txid)
    return state.multiGet(['a'])
  }
  t.deepEqual(await commit(1, 'a', 2), [2])
  t.deepEqual(await commit(2, 'a', undefined), [undefined])
  t.deepEqual(await commit(2, undefined, undefined), [2])
  t.deepEqual(await commit(3, 'c', 1), [2])
  t.deepEqual(await commit(4, 'c', 2), [2])
})

function sorted(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))
}
