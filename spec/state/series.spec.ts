import test from 'ava'
import fc from 'fast-check'
import type { Capture, Change } from '../../lib/state/memory-state.ts'
import { MemoryState } from '../../lib/state/memory-state.ts'
import { SeriesState } from '../../lib/state/series-state.ts'
import { VolatileSeries } from '../../lib/state/volatile-series.ts'
import type { KeyValueState, SeriesByKey } from '../../lib/topology/component/state.ts'
import { mapKeyOf } from '../../lib/values/key.ts'
import { timeKey } from '../../lib/values/time-key.ts'

const keys = fc.constantFrom<unknown>('a', "b'#", 7, [1, 'x'])
const times = fc.integer({ min: -3, max: 6 })
const writes = fc.oneof(
  fc.record({ is: fc.constant('put' as const), key: keys, time: times, value: fc.oneof(fc.nat(9), fc.constant(null)) }),
  fc.record({ is: fc.constant('deleteFrom' as const), key: keys, time: times, to: times }),
  fc.record({ is: fc.constant('delete' as const), key: keys, time: times }),
)
const rounds = fc.constantFrom('keep' as const, 'undo' as const, 'capture' as const, 'whole' as const, 'read' as const)
const acts = fc.array(fc.oneof(writes, fc.record({ is: rounds }), fc.record({ is: fc.constant('abandon' as const) })), {
  maxLength: 60,
})

type Write = typeof writes extends fc.Arbitrary<infer W> ? W : never
type Both = KeyValueState<string> & SeriesByKey

function write(state: Both, act: Write): void {
  const { key, time } = act
  if (act.is === 'put') state.open(key).put(time, act.value)
  else if (act.is === 'delete') state.delete(timeKey(time, mapKeyOf(key)))
  else state.series(key)?.deleteFrom(time, act.to)
}

function writeModel(model: KeyValueState<string>, act: Write): void {
  const id = (time: number): string => timeKey(time, mapKeyOf(act.key))
  if (act.is === 'put') model.put(id(act.time), act.value)
  else
    for (let time = act.time; time <= (act.is === 'delete' ? time : act.to); time++) {
      model.delete(id(time))
      if (act.is === 'delete') break
    }
}

const sorted = <T extends readonly unknown[]>(entries: Iterable<T>): T[] =>
  [...entries].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

/** What the series of a key say of it. */
function seriesIn(state: SeriesByKey, keysOf: readonly unknown[]): (readonly [string, unknown])[] {
  return keysOf.flatMap((key) => {
    const series = state.series(key)
    if (series === undefined) return []
    return series.starts
      .map((time, index) => [timeKey(time, mapKeyOf(key)), series.at(index)] as const)
      .filter(([, value]) => value !== undefined)
  })
}

const KEYS = ['a', "b'#", 7, [1, 'x']]

function same(state: Both, model: KeyValueState<string>): boolean {
  const all = JSON.stringify(sorted(model.entries()))
  const isOrdered = KEYS.every((key) => {
    const { starts = [] } = state.series(key) ?? {}
    return starts.every((time, index) => index === 0 || starts[index - 1]! < time)
  })
  return (
    isOrdered &&
    state.size === model.size &&
    all === JSON.stringify(sorted(state.entries())) &&
    all === JSON.stringify(sorted(seriesIn(state, KEYS)))
  )
}

test('a state by key and time holds what one by text does, in the order of time', (t) =>
  fc.assert(
    fc.property(fc.array(writes), (all) => {
      const state: Both = new VolatileSeries('s')
      const model = new MemoryState<string>('s')
      for (const act of all) {
        write(state, act)
        writeModel(model, act)
        t.true(same(state, model))
      }
    }),
  ))

/** A state of which snapshots are taken, with what it was and what is being read of it. */
class Lasting<S extends MemoryState<string>> {
  readonly state: S
  readonly log: Change[] = []
  #open: Capture | undefined

  constructor(state: S) {
    this.state = state
  }

  do(is: 'keep' | 'undo' | 'capture' | 'whole' | 'read' | 'abandon'): void {
    if (is === 'keep') this.state.keep()
    else if (is === 'undo') this.state.undo()
    else if (is === 'abandon') {
      if (this.#open !== undefined) this.state.abandon()
      this.#open = undefined
    } else {
      if (this.#open !== undefined) this.log.push(...sorted([...this.#open]))
      this.#open = is === 'read' ? undefined : this.state.capture(is === 'whole')
    }
  }
}

test('its captures hold what those of a state by text do, whatever is undone or abandoned', (t) =>
  fc.assert(
    fc.property(acts, (all) => {
      const series = new Lasting(new SeriesState('s', () => 3))
      const model = new Lasting(new MemoryState<string>('s', () => 3))
      for (const act of all) {
        if (act.is === 'put' || act.is === 'delete' || act.is === 'deleteFrom') {
          write(series.state, act)
          writeModel(model.state, act)
        } else {
          series.do(act.is)
          model.do(act.is)
        }
        t.true(same(series.state, model.state))
      }
      series.do('read')
      model.do('read')
      t.deepEqual(series.log, model.log)
    }),
  ))

test('it goes on from what its captures held', (t) =>
  fc.assert(
    fc.property(fc.array(writes), fc.array(writes), (before, after) => {
      const first = new SeriesState('s', () => 3)
      const model = new MemoryState<string>('s', () => 3)
      for (const act of before) {
        write(first, act)
        writeModel(model, act)
      }
      first.keep()
      const restored = new SeriesState('s', () => 3)
      restored.restore([...first.capture()])
      t.true(same(restored, model))
      for (const act of after) {
        write(restored, act)
        writeModel(model, act)
        t.true(same(restored, model))
      }
    }),
  ))

test('what cannot be kept leaves everything as it was', (t) => {
  for (const state of [new SeriesState('s'), new VolatileSeries('s')] as Both[]) {
    state.open('a').put(1, 5)
    t.throws(() => state.open('a').put(2, () => {}), { code: 'CANNOT_ENCODE' })
    t.deepEqual([...state.entries()], [["1'a", 5]])
  }
})
