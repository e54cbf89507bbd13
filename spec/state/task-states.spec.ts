import test from 'ava'
import type { Problem, StateOptions } from '../../lib/index.ts'
import { OF_ALL, OF_TASK } from '../../lib/state/group.ts'
import type { Change } from '../../lib/state/memory-state.ts'
import type { StateBase } from '../../lib/state/state-base.ts'
import type { StateFormat } from '../../lib/state/state-format.ts'
import { type RestoredState, TaskStates } from '../../lib/state/task-states.ts'
import { MemoryBases } from '../../lib/testing/simulated/memory-bases.ts'
import { testTuple } from '../../lib/tuple/tuple.ts'

function restored(changes: Iterable<Change>, format?: StateFormat): Map<string, RestoredState> {
  return new Map([['balances', { changes, isOwn: true, format }]])
}

const OLD: readonly Change[] = [
  [5, 'a', 100],
  [6, 'b', 250],
]

test('values of an earlier version are migrated, and the next capture holds all of them in the form of now', (t) => {
  const states = new TaskStates(true, restored(OLD))
  const state = states.state<string, { cents: number }>('balances', {
    version: 3,
    migrate: (value: number, from) => (value === 250 ? undefined : { cents: value * from }),
  })
  t.deepEqual([...state.entries()], [['a', { cents: 100 }]])
  const capture = states.capture(() => false).get('balances')!
  t.true(capture.isWhole)
  t.deepEqual([...capture], [[5, 'a', { cents: 100 }]])
  t.deepEqual(states.formats, { balances: { version: 3, expires: false } })
})

test('what was written by a later version, or by an earlier one that none migrates, is refused', (t) => {
  const later = new TaskStates(true, restored(OLD, { version: 2, expires: false }))
  t.throws(() => later.state('balances'), { code: 'STATE_VERSION' } as never)
  const earlier = new TaskStates(true, restored(OLD))
  t.throws(() => earlier.state('balances', { version: 2 }), { code: 'STATE_VERSION' } as never)
  const throwing = new TaskStates(true, restored(OLD))
  const migrate = (): never => {
    throw new Error('no such currency')
  }
  const error = t.throws(() => throwing.state('balances', { version: 2, migrate }), { code: 'STATE_VERSION' } as never)
  t.regex(error!.message, /no such currency/)
})

/** What is noticed of the form of values that are put where others were in a snapshot. */
function noticed(
  before: unknown,
  now: readonly unknown[],
  options: StateOptions<unknown> = {},
  { key = 'a', base = undefined as StateBase | undefined } = {},
): number {
  let count = 0
  const noticed = ({ code }: Problem): void => void (code === 'STATE_VERSION' && count++)
  const format = { version: options.version ?? 1, expires: options.ttlMs !== undefined }
  const states = new TaskStates(true, restored([[5, 'a', before]], format), { noticed, baseOf: () => base })
  const state = states.state<string, unknown>('balances', options)
  for (const value of now) state.put(key, value)
  return count
}

test('a value that takes the place of one of another form is noticed, once', (t) => {
  const changed: readonly (readonly [unknown, unknown])[] = [
    [5, { n: 5 }],
    [5, Number.NaN],
    ['5', 5],
    [[5], { n: 5 }],
    [new Date(5), 5],
    [new Map([['n', 5]]), { n: 5 }],
    [{ n: 5 }, { count: 5 }],
  ]
  for (const [before, now] of changed) {
    t.is(noticed(before, [now]), 1)
    t.is(noticed(before, [now, before, now]), 1)
    t.is(noticed(before, [before, now]), 1)
    t.is(noticed([0, before], [now], { ttlMs: 10 }), 1)
    t.is(noticed(before, [now], {}, { base: new MemoryBases().of() }), 1)
  }
})

test('nothing is noticed where the form is the same, or new keys are put, or it is said what form there is', (t) => {
  const same: readonly (readonly [unknown, unknown])[] = [
    [5, 6],
    [null, 6],
    [6, null],
    [{ n: 5 }, { n: 5, last: 7 }],
    [{ n: 5, last: 7 }, { n: 5 }],
    [{}, { n: 5 }],
    [[], [1]],
  ]
  for (const [before, now] of same) t.is(noticed(before, [now]), 0)
  t.is(noticed(5, [{ n: 5 }], {}, { key: 'b' }), 0)
  t.is(noticed(5, [{ n: 5 }], { version: 1 }), 0)
})

test('a time to live can be given to a state that has values, and taken from it', (t) => {
  let now = 1000
  const date = (): number => now
  const given = new TaskStates(true, restored(OLD), { date })
  const state = given.state<string, number>('balances', { ttlMs: 10 })
  t.is(state.get('a'), 100)
  now += 10
  t.is(state.get('a'), undefined)

  const lived: Change[] = [[5, 'a', [0, 100]]]
  const taken = new TaskStates(true, restored(lived, { version: 1, expires: true }), { date })
  t.is(taken.state<string, number>('balances').get('a'), 100)
})

test('what is written goes with the tuple that it is written for; a key that is written again with what it had', (t) => {
  const groupOf = ({ values: [value] }: { readonly values: readonly unknown[] }): number => value as number
  const states = new TaskStates(true, new Map(), { groupOf })
  const state = states.state<string, number>('balances')
  state.put('prepared', 1)
  states.inHand = testTuple([7])
  state.put('a', 1)
  states.inHand = testTuple([8])
  state.put('a', 2)
  state.put('b', 1)
  states.inHand = OF_ALL
  state.put('c', 1)
  states.keep()
  const groups = [...states.capture(() => true).get('balances')!].map(([group, key]) => [key, group])
  t.deepEqual(Object.fromEntries(groups), { prepared: OF_TASK, a: 7, b: 8, c: OF_ALL })
})

test('a state that a snapshot holds and nobody asks for is named, unless nothing is in it', (t) => {
  const asked = new TaskStates(true, restored(OLD))
  asked.state('balances')
  t.deepEqual([...asked.unclaimed()], [])
  t.deepEqual([...new TaskStates(true, restored(OLD)).unclaimed()], [{ name: 'balances', keys: 2, difference: '' }])
  const gone: readonly Change[] = [...OLD, [5, 'a'], [6, 'b']]
  t.deepEqual([...new TaskStates(true, restored(gone)).unclaimed()], [])
})
