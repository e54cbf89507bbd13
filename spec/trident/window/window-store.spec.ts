import { join } from 'node:path'
import test from 'ava'
import { MANIFEST_KEY } from '../../../lib/store/manifest.ts'
import { openStore } from '../../../lib/store/store.ts'
import { slidingCount, tumblingCount, tumblingDuration } from '../../../lib/trident/window/window-config.ts'
import { embeddedWindows, memoryWindows } from '../../../lib/trident/window/window-store.ts'
import { sharedFolder } from '../../folder.ts'
import { attempt, contextOf, openWindows, row, throwsCode } from './kit.ts'

const stateDir = sharedFolder()

const windowsAt = (name: string, over: object = {}) => ({
  store: embeddedWindows(),
  context: contextOf({ stateDir, name, ...over }),
})

test('windows in the embedded store go on after a restart where they were', async (t) => {
  for (const [name, window] of [
    ['by count', slidingCount(4, 2)],
    ['by/time', tumblingDuration(10)],
  ] as const) {
    let state = await openWindows({ window, ...windowsAt(name) })
    attempt(state, 1, { startedAt: 1, rows: [row('a', 1), row('b', 2), row('a', 3)] })
    await state.close()
    state = await openWindows({ window, ...windowsAt(name) })
    attempt(state, 2, { startedAt: 2, rows: [row('a', 4)] })
    await state.close()
    state = await openWindows({ window, ...windowsAt(name) })
    t.deepEqual(attempt(state, 2, { startedAt: 10, rows: [row('a', 5), row('a', 6)] }), [
      ...(window.by === 'count'
        ? [['a', [1, 3, 5, 6]]]
        : [
            ['a', [1, 3]],
            ['b', [2]],
          ]),
    ])
    await state.close()
  }
})

test('windows in memory are gone with their partition', async (t) => {
  const store = memoryWindows()
  const state = await openWindows({ window: tumblingCount(2), store })
  attempt(state, 1, { startedAt: 0, rows: [row('a', 1)] })
  t.is((await openWindows({ window: tumblingCount(2), store })).size, 0)
})

test('windows of another shape, of another number of partitions or of an unknown format are refused, with what is different', async (t) => {
  const window = tumblingCount(3)
  await (await openWindows({ window, ...windowsAt('spend') })).close()
  await throwsCode(t, 'STATE_FOREIGN', () => openWindows({ window: tumblingCount(4), ...windowsAt('spend') }))
  await throwsCode(t, 'STATE_FOREIGN', () => openWindows({ window, ...windowsAt('spend'), groupBy: [] }))
  await throwsCode(t, 'STATE_PARTITIONS', () => openWindows({ window, ...windowsAt('spend', { numPartitions: 2 }) }))

  const store = openStore(join(stateDir, 'test', 'windows', 'spend', '0'), { sync: 'none' })
  store.transaction((writer) => writer.put(MANIFEST_KEY, { ...(store.get(MANIFEST_KEY) as object), format: 99 }))
  await store.close()
  await throwsCode(t, 'STATE_FORMAT', () => openWindows({ window, ...windowsAt('spend') }))
})

test('a store of something else is refused', async (t) => {
  const store = openStore(join(stateDir, 'test', 'windows', 'other', '0'), { sync: 'none' })
  store.transaction((writer) => writer.put('a key', 'a value'))
  await store.close()
  await throwsCode(t, 'STATE_FOREIGN', () => openWindows({ window: tumblingCount(3), ...windowsAt('other') }))
})

test('records that are no windows are corrupt', async (t) => {
  const window = tumblingCount(3)
  for (const [name, key, value] of [
    ['head', 'head', { txid: 'one' }],
    ['chunk', 'chunk/00000000001', { place: 0, slices: [{ group: ['a'], rows: 5 }] }],
  ] as const) {
    const state = await openWindows({ window, ...windowsAt(name) })
    attempt(state, 1, { startedAt: 0, rows: [row('a', 1)] })
    await state.close()
    const store = openStore(join(stateDir, 'test', 'windows', name, '0'), { sync: 'none' })
    store.transaction((writer) => writer.put(key, value))
    await store.close()
    await throwsCode(t, 'STATE_CORRUPT', async () => (await openWindows({ window, ...windowsAt(name) })).beginCommit(2))
  }
})

test('maxRows is a whole number', async (t) => {
  await throwsCode(t, 'BAD_ARGUMENT', () => embeddedWindows({ maxRows: 0 }))
})
