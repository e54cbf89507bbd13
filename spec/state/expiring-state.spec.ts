import test from 'ava'
import fc from 'fast-check'
import { TaskStates } from '../../lib/state/task-states.ts'
import type { KeyValueState, StateOptions } from '../../lib/topology/component/state.ts'

const TTL_MS = 100

interface Clocked {
  readonly state: KeyValueState<string, number>
  readonly states: TaskStates
  now: number
}

function newState(last: boolean, options: StateOptions = { ttlMs: TTL_MS }): Clocked {
  const clock = { now: 0 }
  const states = new TaskStates(last, new Map(), { date: () => clock.now })
  return Object.assign(clock, { states, state: states.state<string, number>('sessions', options) })
}

const key = fc.constantFrom('a', 'b', 'c')
const step = fc.oneof(
  fc.record({ op: fc.constantFrom('put', 'get', 'delete', 'update'), key, value: fc.nat(9) }),
  fc.record({ op: fc.constant('wait'), key, value: fc.nat(2 * TTL_MS) }),
)

for (const ttlOn of ['write', 'read'] as const) {
  test(`what is older than its time is never returned, where that is counted from the last ${ttlOn}`, (t) => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(step), (last, steps) => {
        const clocked = newState(last, { ttlMs: TTL_MS, ttlOn })
        const { state } = clocked
        const oracle = new Map<string, { value: number; at: number }>()
        const lives = (one: string): boolean => {
          const found = oracle.get(one)
          return found !== undefined && clocked.now - found.at < TTL_MS
        }
        const read = (one: string): number | undefined => {
          if (!lives(one)) return undefined
          const { value, at } = oracle.get(one)!
          oracle.set(one, { value, at: ttlOn === 'read' ? clocked.now : at })
          return value
        }
        for (const { op, key: one, value } of steps) {
          if (op === 'wait') clocked.now += value
          else if (op === 'get') t.is(state.get(one), read(one))
          else if (op === 'delete') {
            t.is(state.delete(one), lives(one))
            oracle.delete(one)
          } else if (op === 'update') {
            const before = read(one)
            state.update(one, (old) => {
              t.is(old, before)
              return value
            })
            oracle.set(one, { value, at: clocked.now })
          } else {
            state.put(one, value)
            oracle.set(one, { value, at: clocked.now })
          }
          const entries = [...oracle].filter(([name]) => lives(name)).map(([name, { value: it }]) => [name, it])
          t.deepEqual([...state.entries()].sort(), entries.sort())
        }
      }),
    )
  })
}

test('what nobody asks for is removed, too, as others are written', (t) => {
  const clocked = newState(true)
  for (let n = 0; n < 1000; n++) clocked.state.put(`old ${n}`, n)
  clocked.now = TTL_MS
  for (let n = 0; n < 2000; n++) clocked.state.put(`new ${n % 10}`, n)
  t.is(clocked.state.size, 10)
})

test('a removal that an expired value has caused is undone with its execution', (t) => {
  const clocked = newState(true)
  clocked.state.put('a', 1)
  clocked.states.keep()
  clocked.now = TTL_MS
  t.is(clocked.state.get('a', 7), 7)
  clocked.states.undo()
  clocked.now = 0
  t.is(clocked.state.get('a'), 1)
})

test('a read that belongs to no execution writes nothing', (t) => {
  for (const ttlOn of ['write', 'read'] as const) {
    const clocked = newState(true, { ttlMs: TTL_MS, ttlOn })
    const { state, states } = clocked
    state.put('a', 1)
    states.keep()
    states.gate.isShut = true
    clocked.now = TTL_MS - 1
    t.is(state.get('a'), 1)
    clocked.now = TTL_MS
    t.is(state.get('a', 7), 7)
    t.throws(() => state.put('a', 2))
  }
})

test('a time to live that is none is refused', (t) => {
  for (const ttlMs of [0, -1, Number.NaN, '10' as unknown as number])
    t.throws(() => newState(true, { ttlMs }), { code: 'BAD_ARGUMENT' } as never, String(ttlMs))
  t.throws(() => newState(true, { ttlOn: 'never' as 'read' }), { code: 'BAD_ARGUMENT' } as never)
})
