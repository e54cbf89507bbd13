/**
 * Durable states whose store was removed while the positions of the spouts were kept: each says that it begins before
 * it writes anything, and only then. Redis: `redis.spec.ts`.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Fields } from '../../../lib/index.ts'
import { topologyDirectory } from '../../../lib/store/topology-directory.ts'
import type { StateContext, StateFactory } from '../../../lib/trident/model/state.ts'
import { embeddedMap, mapState, snapshot } from '../../../lib/trident/state/factories.ts'
import { fileSink } from '../../../lib/trident/state/file-state.ts'
import { tumblingCount } from '../../../lib/trident/window/window-config.ts'
import { memoryWindows, windowState } from '../../../lib/trident/window/window-store.ts'
import { folderOf } from '../../folder.ts'
import { BegunNote, codeOf, stateContext } from './fixtures.ts'

const WINDOW = { window: tumblingCount(2), fields: new Fields(['word']), groupBy: [], input: ['word'] }

/** By the folder that each lies in. */
const DURABLE: Readonly<Record<string, (directory: string) => StateFactory>> = {
  states: () => embeddedMap(),
  windows: () => windowState(WINDOW),
  files: (directory) => fileSink(join(directory, 'out.jsonl')).state,
}

async function openAndClose(factory: StateFactory, context: StateContext): Promise<void> {
  const state = await factory.makeState(context)
  await state.close?.()
}

for (const [room, factoryIn] of Object.entries(DURABLE)) {
  test(`${room}: a partition that was written and is gone is lost, and stays so until it is put back`, async (t) => {
    const directory = folderOf(t)
    const factory = factoryIn(directory)
    const note = new BegunNote()
    const context = stateContext({ directory, begins: note.begins })
    await openAndClose(factory, context)
    t.is(note.calls, 1)
    note.isWritten = true
    await openAndClose(factory, context)
    t.is(note.calls, 1, 'it was there')
    rmSync(join(directory, 'words', room), { recursive: true })
    for (let run = 0; run < 2; run++) t.is(await codeOf(() => openAndClose(factory, context)), 'STATE_LOST')
    note.isWritten = false
    await openAndClose(factory, context)
    t.is(note.calls, 4)
  })

  test(`${room}: a store that is removed while it is open is lost, which a check finds before the end of a run is told`, async (t) => {
    const directory = folderOf(t)
    const state = await factoryIn(directory).makeState(stateContext({ directory }))
    await state.check!()
    rmSync(join(directory, 'words', room), { recursive: true })
    t.is(await codeOf(() => state.check!()), 'STATE_LOST')
    await state.close?.()
  })

  test(`${room}: nothing asks whether it begins where nobody keeps note`, async (t) => {
    const directory = folderOf(t)
    await openAndClose(factoryIn(directory), stateContext({ directory }))
    t.true(existsSync(join(directory, 'words', room, 'counts', '0', 'data.mdb')))
  })

  test(`${room}: any name of a topology or a state is one folder below that of the topology`, async (t) => {
    const directory = folderOf(t)
    for (const [topology, name] of [
      ['my counts', 'per card'],
      ['../up', '..'],
    ] as const) {
      const factory = factoryIn(join(directory, `files of ${encodeURIComponent(topology)}`))
      await openAndClose(factory, stateContext({ directory: join(directory, 'state'), topology, name }))
      const folder = join(topologyDirectory(join(directory, 'state'), topology), room)
      t.is(readdirSync(folder).length, 1)
      t.true(existsSync(join(folder, readdirSync(folder)[0]!, '0', 'data.mdb')))
    }
    t.is(readdirSync(join(directory, 'state')).length, 2)
  })
}

test('a snapshot and a store of your own are asked as maps are', async (t) => {
  const directory = folderOf(t)
  const note = new BegunNote()
  note.isWritten = true
  const context = stateContext({ directory, begins: note.begins })
  t.is(await codeOf(() => openAndClose(snapshot(embeddedMap()), context)), 'STATE_LOST')
  const own = mapState({
    label: 'own',
    survives: true,
    create({ begins }) {
      begins?.()
      return { multiGet: (keys) => keys.map(() => undefined), multiPut: () => {} }
    },
  })
  t.is(await codeOf(() => openAndClose(own, context)), 'STATE_LOST')
})

test('windows in memory begin anew with their worker, and are not lost', async (t) => {
  const note = new BegunNote()
  note.isWritten = true
  const factory = windowState({ ...WINDOW, store: memoryWindows() })
  await openAndClose(factory, stateContext({ begins: note.begins }))
  t.is(note.calls, 0)
})

test('a store of your own that has lost its last transaction is found out, whatever its cache says', async (t) => {
  for (const kind of ['transactional', 'opaque'] as const) {
    const disk = new Map<string, unknown>()
    const factory = mapState<number>({
      label: 'disk',
      survives: true,
      kind,
      create: () => ({
        multiGet: (keys) => keys.map((key) => disk.get(key)),
        multiPut: (keys, records) => keys.forEach((key, index) => void disk.set(key, records[index])),
      }),
    })
    const state = await factory.makeState(stateContext({}))
    let before = new Map<string, unknown>()
    for (const txid of [1, 2]) {
      before = new Map(disk)
      await state.beginCommit(txid)
      await state.multiPut(['a'], [txid])
      await state.commit(txid)
    }
    await state.check!()
    disk.clear()
    for (const [key, record] of before) disk.set(key, record)
    t.is(await codeOf(() => state.check!()), 'STATE_LOST', 'as it was earlier')
    disk.clear()
    t.is(await codeOf(() => state.check!()), 'STATE_LOST', 'emptied')
  }
})
