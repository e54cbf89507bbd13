/** What every backend of states promises to executions and snapshots. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { openLmdbBases } from '../../lib/state/embedded/lmdb-bases.ts'
import { EmbeddedState } from '../../lib/state/embedded-state.ts'
import type { LastingState } from '../../lib/state/lasting-state.ts'
import { type Capture, type Change, MemoryState } from '../../lib/state/memory-state.ts'
import { MemoryBases } from '../../lib/testing/simulated/memory-bases.ts'
import { folderOf, sharedFolder } from '../folder.ts'

const root = sharedFolder()
const lmdb = openLmdbBases({ root, topology: 'contract', worker: 1, name: 'a' })
test.after.always(async () => (await lmdb).close())

interface Backend {
  readonly numRuns: number
  make(name?: string): Promise<(group?: () => number) => LastingState>
}

/** Enough for one of five keys. */
const SOME_BYTES = 300

function embeddedOverMap(memoryBytes?: number): Backend {
  return {
    numRuns: 3000,
    make:
      async (name = 'state') =>
      (group) =>
        new EmbeddedState(name, new MemoryBases().of(), group, undefined, memoryBytes),
  }
}

let made = 0
const BACKENDS: Readonly<Record<string, Backend>> = {
  memory: {
    numRuns: 1000,
    make:
      async (name = 'state') =>
      (group) =>
        new MemoryState(name, group),
  },
  'embedded and small': embeddedOverMap(),
  'embedded, over a map': embeddedOverMap(SOME_BYTES),
  'embedded, over a map, and nothing in memory': embeddedOverMap(0),
  'embedded, over LMDB': {
    numRuns: 200,
    make: async (name = 'state') => {
      const bases = await lmdb
      return (group) => new EmbeddedState(name, bases.of(made++, name), group, undefined, SOME_BYTES)
    },
  },
}

type Step =
  | { readonly op: 'put' | 'put into its cell'; readonly key: string; readonly value: number }
  | { readonly op: 'delete' | 'delete from its cell' | 'get'; readonly key: string }
  | { readonly op: 'put aside' | 'put aside in vain'; readonly key: string; readonly value: number }
  | { readonly op: 'keep' | 'undo' | 'read' | 'capture' | 'capture whole' | 'abandon' }

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constant('get' as const), key }),
  fc.record({ op: fc.constantFrom('put' as const, 'put into its cell' as const), key, value: fc.nat(9) }),
  fc.record({ op: fc.constantFrom('put aside' as const, 'put aside in vain' as const), key, value: fc.nat(9) }),
  fc.record({ op: fc.constantFrom('delete' as const, 'delete from its cell' as const, 'get' as const), key }),
  fc.record({
    op: fc.constantFrom('keep', 'undo', 'read', 'capture', 'capture', 'capture whole', 'abandon'),
  }) as fc.Arbitrary<Step>,
)

const contents = (state: LastingState): Record<string, number> =>
  Object.fromEntries([...state.entries()].sort(([a], [b]) => (a < b ? -1 : 1)))

/** What a state is that is made of some captures. */
function restored(make: () => LastingState, captures: readonly (readonly Change[])[]): Record<string, number> {
  const state = make()
  state.restore(captures.flat())
  return contents(state)
}

function sorted(record: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

for (const [kind, backend] of Object.entries(BACKENDS)) {
  test(`${kind}: the changes of all captures make up what was there at the last one, however late they are read`, async (t) => {
    const make = await backend.make()
    const { numRuns } = backend
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const state = make()
        const cells = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, state.cell(name)]))
        /** What stands, and what it was when the execution under way began. */
        let now: Record<string, number> = {}
        let kept: Record<string, number> = {}
        const complete: Change[][] = []
        const stale: Iterator<Change>[] = []
        let open: { capture: Capture; rest: Iterator<Change>; read: Change[]; at: Record<string, number> } | undefined
        const finish = (): void => {
          if (open === undefined) return
          for (let next = open.rest.next(); next.done !== true; next = open.rest.next()) open.read.push(next.value)
          if (open.capture.isWhole) complete.length = 0
          complete.push(open.read)
          t.deepEqual(restored(make, complete), sorted(open.at))
          open = undefined
        }
        for (const next of steps) {
          switch (next.op) {
            case 'put':
            case 'put into its cell':
              if (next.op === 'put') state.put(next.key, next.value)
              else cells.get(next.key)!.put(next.value)
              now = { ...now, [next.key]: next.value }
              break
            case 'delete':
            case 'delete from its cell': {
              const isGone = next.op === 'delete' ? state.delete(next.key) : cells.get(next.key)!.delete()
              t.is(isGone, Object.hasOwn(now, next.key))
              now = Object.fromEntries(Object.entries(now).filter(([name]) => name !== next.key))
              break
            }
            case 'put aside':
            case 'put aside in vain': {
              const end = state.aside()
              state.put(next.key, next.value)
              end(next.op === 'put aside')
              if (next.op === 'put aside in vain') break
              now = { ...now, [next.key]: next.value }
              kept = { ...kept, [next.key]: next.value }
              break
            }
            case 'get':
              t.is(state.get(next.key), now[next.key])
              t.is(cells.get(next.key)!.get(), now[next.key])
              break
            case 'keep':
              state.keep()
              kept = now
              break
            case 'undo':
              state.undo()
              now = kept
              break
            case 'read': {
              for (const rest of stale) rest.next()
              const one = open?.rest.next()
              if (one !== undefined && one.done !== true) open!.read.push(one.value)
              break
            }
            case 'capture':
            case 'capture whole': {
              finish()
              const capture = state.capture(next.op === 'capture whole')
              open = { capture, rest: capture[Symbol.iterator](), read: [], at: kept }
              break
            }
            case 'abandon':
              if (open === undefined) break
              state.abandon()
              // Whoever was reading it may go on for a while.
              stale.push(open.rest)
              open = undefined
          }
          t.deepEqual(contents(state), sorted(now))
          t.is(state.size, Object.keys(now).length)
        }
        for (const [name, cell] of cells) t.is(cell.get(), now[name])
        finish()
        const last = state.capture()
        if (last.isWhole) complete.length = 0
        complete.push([...last])
        t.deepEqual(restored(make, complete), sorted(kept))
      }),
      { numRuns },
    )
  })

  test(`${kind}: an open execution that is undone leaves what a capture held that was abandoned`, async (t) => {
    const make = await backend.make()
    const whole = (state: LastingState): readonly Change[] => [...state.capture()]
    for (const isOpenBefore of [true, false]) {
      const state = make()
      const first = whole(state)
      state.put('a', 1)
      state.keep()
      if (isOpenBefore) state.put('a', 2)
      state.capture()
      if (!isOpenBefore) state.put('a', 2)
      state.abandon()
      state.undo()
      t.deepEqual(contents(state), { a: 1 })
      t.deepEqual(restored(make, [first, whole(state)]), { a: 1 })
    }
  })

  test(`${kind}: a value is never lent out: what is changed in place changes no state`, async (t) => {
    const state = (await backend.make())()
    const list = [1]
    state.put('a', list)
    list.push(2)
    state.get('a')!.push(3)
    state.cell('a').get()!.push(3)
    t.deepEqual(state.get('a'), [1])
  })

  test(`${kind}: a key is what the wire makes of it`, async (t) => {
    const state = (await backend.make())()
    state.put(Buffer.from('a'), 1)
    t.is(state.get(new Uint8Array([97])), 1)
    t.is(state.get('a'), undefined)
    t.deepEqual([...state.entries()], [[new Uint8Array([97]), 1]])
  })

  test(`${kind}: a value that cannot be sent cannot be kept, and the state and the key are named`, async (t) => {
    const state = (await backend.make('functions'))()
    const error = t.throws(() => state.put('a', () => 1), { code: 'CANNOT_ENCODE' } as never)
    t.regex(error!.message, /'a'.*"functions"/)
    t.is(state.size, 0)
  })

  test(`${kind}: keys of any length, and values of any kind, come back from a capture`, async (t) => {
    const make = await backend.make()
    const state = make()
    const values = new Map<unknown, unknown>([
      ['x'.repeat(5000), new Map([[1, new Date(0)]])],
      ['', 1n],
      [-0.5, [undefined, null]],
      [[1, 'a'], new Uint8Array([1])],
    ])
    for (const [key, value] of values) state.put(key, value)
    for (let n = 0; n < 5000; n++) state.put(`key ${n}`, n)
    state.keep()
    for (let round = 0; round < 2; round++) {
      const changes = [...state.capture(round > 0)]
      t.is(changes.length, 5004)
      const again = make()
      again.restore(changes)
      t.is(again.size, 5004)
      for (const [key, value] of values) t.deepEqual(again.get(key), value)
    }
  })

  test(`${kind}: an entry keeps what it goes with, also when it is deleted`, async (t) => {
    let group = 7
    const state = (await backend.make())(() => group)
    state.put('a', 1)
    state.keep()
    t.deepEqual([...state.capture()], [[7, 'a', 1]])
    group = 8
    state.put('a', 2)
    state.put('b', 1)
    state.keep()
    t.deepEqual([...state.capture()].sort(), [
      [7, 'a', 2],
      [8, 'b', 1],
    ])
    state.delete('a')
    state.keep()
    t.deepEqual([...state.capture()], [[7, 'a']])
  })
}

test('what a worker has left behind is removed by the one that comes after it', async (t) => {
  const own = folderOf(t)
  const owner = { root: own, topology: 'words', worker: 1 }
  const killed = await openLmdbBases({ ...owner, name: 'run.1' })
  killed.of(1, 'counts').write([[0, 'a', 1]])
  const next = await openLmdbBases({ ...owner, name: 'run.2' })
  t.is(next.of(1, 'counts').get('a'), undefined)
  t.deepEqual(readdirSync(join(own, 'words', 'work')), ['1.run.2'])
  await Promise.all([killed.close(), next.close()])
})
