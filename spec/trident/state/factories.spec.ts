/** The states as a topology names them: what they say of themselves, where they lie, and what they refuse to open. */
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { SpoutKind, StateKind } from '../../../lib/trident/model/state.ts'
import { CachedMap } from '../../../lib/trident/state/backing/cached-map.ts'
import { MemoryBackingMap } from '../../../lib/trident/state/backing/memory-backing-map.ts'
import { embeddedMap, kindFor, mapState, memoryMap, redisMap, snapshot } from '../../../lib/trident/state/factories.ts'
import { keyOf } from '../../../lib/values/key.ts'
import { folderOf } from '../../folder.ts'
import { codeOf, stateContext } from './fixtures.ts'

test('a factory says what it is, whether it survives, and its kind where one was chosen', (t) => {
  const own = mapState({ label: 'mine', survives: true, create: () => new MemoryBackingMap() })
  const seen = [memoryMap(), embeddedMap({ kind: 'opaque' }), redisMap({ host: '::1', db: 2 }), own, snapshot(own)]
  t.deepEqual(
    seen.map(({ label, survives, kind }) => [label, survives, kind]),
    [
      ['memory', false, undefined],
      ['embedded store', true, 'opaque'],
      ['redis [::1]:6379/2', true, undefined],
      ['mine', true, undefined],
      ['mine', true, undefined],
    ],
  )
})

test('the kind is that of the spout, unless one was chosen', async (t) => {
  t.deepEqual(
    (['non-transactional', 'transactional', 'opaque'] as const).map((spout) => kindFor({ spout })),
    ['non-transactional', 'transactional', 'opaque'],
  )
  const kinds: string[] = []
  const create = (_: unknown, kind: string) => {
    kinds.push(kind)
    return new MemoryBackingMap()
  }
  for (const spout of ['transactional', 'opaque'] as const) {
    await mapState({ label: 'x', survives: false, create }).makeState(stateContext({ spout }))
    await mapState({ label: 'x', survives: false, kind: 'non-transactional', create }).makeState(
      stateContext({ spout }),
    )
  }
  t.deepEqual(kinds, ['transactional', 'non-transactional', 'opaque', 'non-transactional'])
})

test('an embedded state has a directory for each partition', async (t) => {
  const directory = folderOf(t)
  const open = (partitionIndex: number) =>
    embeddedMap<number>().makeState(stateContext({ directory, partitionIndex, numPartitions: 2, name: 'per/card' }))
  for (const partition of [0, 1]) {
    const state = await open(partition)
    await state.beginCommit(1)
    await state.multiPut([keyOf(['a', 1])], [partition])
    await state.commit(1)
    await state.close?.()
    t.true(existsSync(join(directory, 'words', 'states', 'per%2Fcard', `${partition}`, 'data.mdb')))
  }
  const again = await open(1)
  t.deepEqual(await again.multiGet([keyOf(['a', 1])]), [1])
  await again.close?.()
})

const REFUSALS = [
  { what: 'another number of partitions', change: { numPartitions: 3 }, code: 'STATE_PARTITIONS' },
  { what: 'another kind', change: { spout: 'non-transactional' as const }, code: 'STATE_FORMAT' },
]

for (const { what, change, code } of REFUSALS) {
  test(`an embedded state that was written with ${what} is refused, and says what to do`, async (t) => {
    const directory = folderOf(t)
    const first = await embeddedMap().makeState(stateContext({ directory, spout: 'transactional' }))
    await first.close?.()
    const error = await t.throwsAsync(async () => embeddedMap().makeState(stateContext({ directory, ...change })), {
      code,
    })
    t.like(error, { where: { file: join(directory, 'words', 'states', 'counts', '0') } })
    t.truthy((error as unknown as { hint?: string }).hint)
    const again = await embeddedMap().makeState(stateContext({ directory, spout: 'transactional' }))
    await again.close?.()
  })
}

test('an embedded state whose kind is left open goes on as what it was, where dead letters are allowed and where they no longer are', async (t) => {
  const directory = folderOf(t)
  const open = (name: string, leavesOut: boolean, spout: SpoutKind) =>
    embeddedMap<number>().makeState(stateContext({ directory, name, spout, leavesOut }))
  for (const spout of ['non-transactional', 'opaque'] as const)
    for (const first of [true, false]) {
      const name = `${spout} ${first}`
      for (const leavesOut of [first, !first, first]) {
        const state = await open(name, leavesOut, spout)
        const key = keyOf(['a'])
        await state.beginCommit(1)
        if ((await state.multiGet([key]))[0] === undefined) await state.multiPut([key], [7])
        await state.commit(1)
        t.deepEqual(await state.multiGet([key]), [7], name)
        await state.close?.()
      }
    }
})

test('an embedded state that cannot be opened is unavailable', async (t) => {
  const directory = folderOf(t)
  appendFileSync(join(directory, 'words'), 'a file where a directory should be')
  t.is(await codeOf(() => embeddedMap().makeState(stateContext({ directory }))), 'STATE_UNAVAILABLE')
})

test('a snapshot is one value, updated once for each batch', async (t) => {
  const state = await snapshot<number>(memoryMap<number>()).makeState(stateContext({}))
  const plus = (by: number) => (stored: number | undefined) => (stored ?? 0) + by
  await state.beginCommit(1)
  t.is(await state.get(), undefined)
  t.is(await state.update(plus(2)), 2)
  t.is(await state.update(plus(3)), 5)
  await state.commit(1)
  await state.beginCommit(1)
  t.is(await state.update(plus(4)), 4)
  await state.commit(1)
  t.is(await state.get(), 4)
  await state.beginCommit(2)
  await state.set(9)
  await state.commit(2)
  t.is(await state.get(), 9)
  await state.beginCommit(3)
  await state.set(undefined)
  await state.commit(3)
  t.is(await state.get(), undefined)
})

test('a cache reads a key once as long as it has room for it, and never more than its size and what was asked for last', async (t) => {
  const backing = new MemoryBackingMap<number>()
  let read = 0
  const counting = {
    multiGet(keys: readonly string[]) {
      read += keys.length
      return backing.multiGet(keys)
    },
    multiPut: (keys: readonly string[], values: readonly (number | undefined)[]) => backing.multiPut(keys, values),
  }
  const cache = new CachedMap(counting, 8)
  await cache.multiPut(['hot'], [1])
  for (let i = 0; i < 100; i++) t.deepEqual(await cache.multiGet(['hot', `cold ${i}`]), [1, undefined])
  t.is(read, 100, 'the hot one was never read')
  await cache.multiGet(['cold 0', 'cold 99'])
  t.is(read, 101, 'the last one was still there, the first one was not')
})

test('a transactional state whose kind is left open becomes opaque where that is wanted, with its values, and stays so', async (t) => {
  const directory = folderOf(t)
  const add = async (spout: SpoutKind, txid: number, amount: number, kind?: StateKind) => {
    const state = await embeddedMap<number>(kind === undefined ? {} : { kind }).makeState(
      stateContext({ directory, spout }),
    )
    try {
      await state.beginCommit(txid)
      await state.multiUpdate(['a'], (stored) => (stored ?? 0) + amount)
      await state.commit(txid)
      return await state.multiGet(['a'])
    } finally {
      await state.close?.()
    }
  }
  t.deepEqual(await add('transactional', 1, 1), [1])
  t.is(await codeOf(() => add('opaque', 1, 5)), 'STATE_FORMAT', 'what it wrote last it cannot take back')
  t.deepEqual(await add('opaque', 2, 10), [11])
  t.deepEqual(await add('opaque', 2, 20), [21], 'taken back and done anew')
  t.deepEqual(await add('transactional', 2, 30), [31], 'it still takes back')
  t.is(
    await codeOf(() => add('transactional', 3, 1, 'transactional')),
    'STATE_FORMAT',
    'the user has said of which kind it is',
  )
})
