import test from 'ava'
import fc from 'fast-check'
import { type Capture, type Change, MemoryState } from '../../lib/state/memory-state.ts'

type Step =
  | { readonly op: 'put'; readonly key: string; readonly value: number }
  | { readonly op: 'delete'; readonly key: string }
  | { readonly op: 'keep' | 'undo' | 'read' | 'capture' | 'capture whole' | 'abandon' }

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constant('put' as const), key, value: fc.nat(9) }),
  fc.record({ op: fc.constant('delete' as const), key }),
  fc.record({
    op: fc.constantFrom('keep', 'undo', 'read', 'capture', 'capture whole', 'abandon'),
  }) as fc.Arbitrary<Step>,
)

const contents = (state: MemoryState): Record<string, number> =>
  Object.fromEntries([...state.entries()].sort(([a], [b]) => (a < b ? -1 : 1)))

/** What a state is that is made of some captures. */
function restored(captures: readonly (readonly Change[])[]): Record<string, number> {
  const state = new MemoryState('state')
  state.restore(captures.flat())
  return contents(state)
}

test('the changes of all captures make up what was there at the last one, however late they are read', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const state = new MemoryState<string, number>('state')
      /** What stands, and what it was when the execution under way began. */
      let now: Record<string, number> = {}
      let kept: Record<string, number> = {}
      const complete: Change[][] = []
      let open: { capture: Capture; rest: Iterator<Change>; read: Change[]; at: Record<string, number> } | undefined
      const finish = (): void => {
        if (open === undefined) return
        for (let next = open.rest.next(); next.done !== true; next = open.rest.next()) open.read.push(next.value)
        if (open.capture.isWhole) complete.length = 0
        complete.push(open.read)
        t.deepEqual(restored(complete), sorted(open.at))
        open = undefined
      }
      for (const next of steps) {
        switch (next.op) {
          case 'put':
            state.put(next.key, next.value)
            now = { ...now, [next.key]: next.value }
            break
          case 'delete':
            t.is(state.delete(next.key), Object.hasOwn(now, next.key))
            now = Object.fromEntries(Object.entries(now).filter(([name]) => name !== next.key))
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
            open = undefined
        }
        t.deepEqual(contents(state), sorted(now))
        t.is(state.size, Object.keys(now).length)
      }
      finish()
      const last = state.capture()
      if (last.isWhole) complete.length = 0
      complete.push([...last])
      t.deepEqual(restored(complete), sorted(kept))
    }),
    { numRuns: 2000 },
  )
})

function sorted(record: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

test('a value is never lent out: what is changed in place changes no state', (t) => {
  const state = new MemoryState<string, number[]>('lists')
  const list = [1]
  state.put('a', list)
  list.push(2)
  state.get('a')!.push(3)
  t.deepEqual(state.get('a'), [1])
})

test('a key is what the wire makes of it', (t) => {
  const state = new MemoryState<unknown, number>('keys')
  state.put(Buffer.from('a'), 1)
  t.is(state.get(new Uint8Array([97])), 1)
  t.is(state.get('a'), undefined)
  t.deepEqual([...state.entries()], [[new Uint8Array([97]), 1]])
})

test('a value that cannot be sent cannot be kept, and the state is named', (t) => {
  const state = new MemoryState('functions')
  const error = t.throws(() => state.put('a', () => 1), { code: 'CANNOT_ENCODE' } as never)
  t.regex(error!.message, /"functions"/)
  t.is(state.size, 0)
})
