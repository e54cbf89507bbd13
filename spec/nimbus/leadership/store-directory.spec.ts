/** What a service remembers on the disk of one machine. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { DirectoryLeadership } from '../../../lib/nimbus/leadership/directory-leadership.ts'
import { StoreDirectory } from '../../../lib/nimbus/leadership/store-directory.ts'
import { openStateDirectory } from '../../../lib/store/state-directory.ts'
import { folderOf } from '../../folder.ts'

test('what was put is there, also for whoever opens the directory later', async (t) => {
  const folder = folderOf(t)
  const store = new StoreDirectory(folder)
  t.is(await store.put('words', { a: 1 }, 0), 1)
  t.is(await store.put('a/b…', null, 0), 1)
  t.is(await store.put('words', { a: 2 }, 1), 2)
  const again = new StoreDirectory(folder)
  t.deepEqual([...(await again.keys())].sort(), ['a/b…', 'words'])
  t.deepEqual(await again.get('a/b…'), { value: null, version: 1 })
  t.deepEqual(await again.get('words'), { value: { a: 2 }, version: 2 })
})

test('of two who change the same thing, the second learns of the first', async (t) => {
  const store = new StoreDirectory(folderOf(t))
  await store.put('words', 1, 0)
  await t.throwsAsync(store.put('words', 2, 0), { code: 'TOPOLOGY_BUSY' })
  await t.throwsAsync(store.remove('words', 2), { code: 'TOPOLOGY_BUSY' })
  await store.remove('words', 1)
  t.is(await store.get('words'), undefined)
  t.is(await store.put('words', 3, 0), 1)
})

test('a damaged file is not taken for anything, and what was half written is not looked at', async (t) => {
  const folder = folderOf(t)
  const store = new StoreDirectory(folder)
  await store.put('words', 1, 0)
  const [file = ''] = readdirSync(folder)
  writeFileSync(join(folder, `${file}.half`), '{"key":')
  t.deepEqual(await store.keys(), ['words'])
  writeFileSync(join(folder, file), '{"value":1')
  t.deepEqual(await store.keys(), ['words'])
  await t.throwsAsync(store.get('words'), { code: 'STATE_CORRUPT' })
})

test('a folder that cannot be read is not one in which nothing stands', async (t) => {
  const folder = folderOf(t)
  const store = new StoreDirectory(join(folder, 'topologies'))
  t.deepEqual(await store.keys(), [])
  writeFileSync(join(folder, 'topologies'), '')
  await t.throwsAsync(store.keys(), { code: 'STATE_UNAVAILABLE' })
  await t.throwsAsync(store.get('words'), { code: 'STATE_UNAVAILABLE' })
  await t.throwsAsync(store.put('words', 1, 0), { code: 'STATE_UNAVAILABLE' })
})

test('a leader whose folder was taken by another one writes nothing more, and is told', async (t) => {
  const folder = folderOf(t)
  const leadership = new DirectoryLeadership(folder)
  const reign = await leadership.campaign({ id: 'one', address: '' }, new AbortController().signal)
  const store = reign.store('topologies')
  await store.put('words', 1, 0)
  const other = await openStateDirectory({ root: folder, topology: 'nimbus', run: 'another' })
  await t.throwsAsync(store.put('words', 2, 1), { code: 'NOT_LEADER' })
  await t.throwsAsync(store.remove('words', 1), { code: 'NOT_LEADER' })
  t.is((reign.lost.reason as { code?: string }).code, 'NOT_LEADER')
  t.is(await leadership.leader(), undefined)
  t.is((await store.get('words'))?.value, 1)
  t.deepEqual(readdirSync(join(folder, 'topologies')), ['words.json'])
  await reign.resign()
  await other.close()
})
