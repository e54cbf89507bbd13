/**
 * The contract of leadership, as cases that are played against each implementation. A place is where nimbuses meet:
 * what is opened there twice is of two nimbuses of one cluster.
 */
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { Leader, Leadership, Reign } from '../../lib/nimbus/leadership/leadership.ts'

export interface Place {
  open(): Leadership | Promise<Leadership>
}

export interface Case {
  readonly title: string
  /** Not where only one may wait. */
  readonly waits?: true
  play(t: ExecutionContext, place: Place): Promise<void>
}

const KEYS = [
  'words',
  '.',
  '...',
  '',
  'a/b',
  '../../etc',
  'große Straße',
  '\u0000["a",1]',
  '\ufffd',
  '🌪',
  '%',
  '*',
  'A',
  'a',
]
const VALUES = [null, 0, '', 'a', 'ü'.repeat(300), true, [1, [null]], { a: [{}] }, { 'a.b': '\u0000' }]

function nimbus(id: string): Leader {
  return { id, address: `http://127.0.0.1:1/${id}` }
}

/** One that leads; it resigns at the end. */
async function reigning(t: ExecutionContext, place: Place, id = 'one'): Promise<Reign> {
  const leadership = await place.open()
  const reign = await leadership.campaign(nimbus(id), new AbortController().signal)
  t.teardown(async () => {
    await reign.resign()
    await leadership.close()
  })
  return reign
}

export const CASES: readonly Case[] = [
  {
    title: 'what is put is there, under keys of any characters, each in its area, also for a reader and a later reign',
    async play(t, place) {
      const reign = await reigning(t, place)
      const store = reign.store('topologies')
      const versions = new Map<string, number>()
      for (const key of KEYS) versions.set(key, await store.put(key, { key }, 0))
      await reign.store('tokens').put('words', 'another', 0)
      await reign.resign()
      const later = (await reigning(t, place, 'two')).store('topologies')
      const reader = (await place.open()).reader('topologies')
      for (const one of [later, reader]) {
        t.deepEqual([...(await one.keys())].sort(), [...KEYS].sort())
        for (const key of KEYS) t.deepEqual(await one.get(key), { value: { key }, version: versions.get(key)! })
      }
      t.is(await reader.get('none'), undefined)
      t.deepEqual((await (await place.open()).reader('tokens').get('words'))?.value, 'another')
    },
  },
  {
    title: 'what JSON holds comes back as it was, small and large',
    async play(t, place) {
      const store = (await reigning(t, place)).store('topologies')
      let version = 0
      for (const value of [...VALUES, { list: Array.from({ length: 20_000 }, (_, n) => `a file of number ${n}`) }]) {
        version = await store.put('one', value, version)
        t.deepEqual(await store.get('one'), { value, version })
      }
    },
  },
  {
    title: 'of two who change the same thing, the second learns of the first',
    async play(t, place) {
      const store = (await reigning(t, place)).store('topologies')
      const first = await store.put('words', 1, 0)
      await t.throwsAsync(store.put('words', 2, 0), { code: 'TOPOLOGY_BUSY' })
      await t.throwsAsync(store.put('other', 2, first), { code: 'TOPOLOGY_BUSY' })
      const second = await store.put('words', 2, first)
      t.true(second > first)
      await t.throwsAsync(store.remove('words', first), { code: 'TOPOLOGY_BUSY' })
      await store.remove('words', second)
      t.is(await store.get('words'), undefined)
      await t.throwsAsync(store.remove('words', second), { code: 'TOPOLOGY_BUSY' })
      t.deepEqual(await store.keys(), [])
      await store.put('words', 3, 0)
      t.is((await store.get('words'))?.value, 3)
    },
  },
  {
    title: 'whatever is put, removed and tried with an old version, it holds what a map would hold',
    async play(t, place) {
      const store = (await reigning(t, place)).store('topologies')
      const step = fc.record({ key: fc.constantFrom('a', 'b'), isOld: fc.boolean(), removes: fc.boolean() })
      const steps = fc.sample(fc.array(step, { minLength: 60, maxLength: 60 }), { numRuns: 1, seed: 47 })[0]!
      const known = new Map<string, { readonly value: unknown; readonly version: number }>()
      let value = 0
      for (const { key, isOld, removes } of steps) {
        const { version } = known.get(key) ?? { version: 0 }
        if (isOld) await t.throwsAsync(store.put(key, 'old', version + 1000), { code: 'TOPOLOGY_BUSY' })
        else if (removes && version > 0) {
          await store.remove(key, version)
          known.delete(key)
        } else known.set(key, { value: ++value, version: await store.put(key, value, version) })
        t.deepEqual(await store.get(key), known.get(key))
      }
    },
  },
  {
    title: 'writes that are asked for at once are all done',
    async play(t, place) {
      const store = (await reigning(t, place)).store('topologies')
      const keys = Array.from({ length: 20 }, (_, n) => `key ${n}`)
      await Promise.all(keys.map((key) => store.put(key, key, 0)))
      t.deepEqual([...(await store.keys())].sort(), [...keys].sort())
    },
  },
  {
    title: 'a leader is known by its address, and whoever has resigned writes nothing and is told',
    async play(t, place) {
      const leadership = await place.open()
      t.is(await leadership.leader(), undefined)
      const reign = await leadership.campaign(nimbus('one'), new AbortController().signal)
      t.deepEqual(await leadership.leader(), nimbus('one'))
      const store = reign.store('topologies')
      await store.put('words', 1, 0)
      t.false(reign.lost.aborted)
      await reign.resign()
      await reign.resign()
      t.is(await leadership.leader(), undefined)
      t.is((reign.lost.reason as { code?: string }).code, 'NOT_LEADER')
      await t.throwsAsync(store.put('words', 2, 1), { code: 'NOT_LEADER' })
      await t.throwsAsync(store.remove('words', 1), { code: 'NOT_LEADER' })
      t.is((await store.get('words'))?.value, 1)
      await leadership.close()
    },
  },
  {
    title: 'a second one waits, and leads when the first has resigned',
    waits: true,
    async play(t, place) {
      const first = await reigning(t, place, 'one')
      const second = reigning(t, place, 'two')
      const other = await place.open()
      t.deepEqual(await other.leader(), nimbus('one'))
      await first.store('topologies').put('words', 1, 0)
      await first.resign()
      const reign = await second
      t.deepEqual(await other.leader(), nimbus('two'))
      const { version } = (await reign.store('topologies').get('words'))!
      await reign.store('topologies').put('words', 2, version)
      await t.throwsAsync(first.store('topologies').put('words', 3, version), { code: 'NOT_LEADER' })
    },
  },
  {
    title: 'whoever waits can give up',
    waits: true,
    async play(t, place) {
      await reigning(t, place, 'one')
      const way = new AbortController()
      const waiting = (await place.open()).campaign(nimbus('two'), way.signal)
      way.abort(new Error('enough'))
      await t.throwsAsync(waiting, { message: 'enough' })
      t.deepEqual(await (await place.open()).leader(), nimbus('one'))
    },
  },
  {
    title: 'of many who campaign at once one leads at a time, and each comes to it',
    waits: true,
    async play(t, place) {
      let leading = 0
      const led: string[] = []
      await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (id) => {
          const leadership = await place.open()
          const reign = await leadership.campaign(nimbus(id), new AbortController().signal)
          t.is(++leading, 1)
          const store = reign.store('topologies')
          const before = await store.get('led')
          led.push(id)
          await store.put('led', [...((before?.value ?? []) as string[]), id], before?.version ?? 0)
          leading--
          await reign.resign()
          await leadership.close()
        }),
      )
      t.deepEqual((await (await place.open()).reader('topologies').get('led'))?.value, led)
      t.is(led.length, 4)
    },
  },
]
