import test from 'ava'
import fc from 'fast-check'
import { MemoryState } from '../../lib/state/memory-state.ts'
import { mapKeyOf } from '../../lib/values/key.ts'
import { timeKey } from '../../lib/values/time-key.ts'
import { seriesOf } from '../../lib/windows/keyed/cell-series.ts'

const KEYS = ['a', 'b', 7]
const time = fc.integer({ min: 0, max: 5 })
const write = fc.oneof(
  fc.record({ is: fc.constant('put' as const), key: fc.constantFrom(...KEYS), time, value: fc.nat(9) }),
  fc.record({ is: fc.constant('delete' as const), key: fc.constantFrom(...KEYS), time, to: time }),
)
/** What each execution writes, and whether it is undone. */
const executions = fc.array(fc.record({ writes: fc.array(write, { maxLength: 4 }), stays: fc.boolean() }))

test('a state by text is one by key and time, also where executions are undone', (t) =>
  fc.assert(
    fc.property(executions, (all) => {
      const state = new MemoryState<string, number>('s')
      let series = seriesOf(state)
      let kept = new Map<string, number>()
      for (const [index, { writes, stays }] of all.entries()) {
        const written = new Map(kept)
        series.begin?.()
        for (const act of writes) {
          const id = (at: number): string => timeKey(at, mapKeyOf(act.key))
          if (act.is === 'put') {
            series.open(act.key).put(act.time, act.value)
            written.set(id(act.time), act.value)
          } else {
            series.series(act.key)?.deleteFrom(act.time, act.to)
            for (let at = act.time; at <= act.to; at++) written.delete(id(at))
          }
        }
        if (stays) {
          state.keep()
          kept = written
        } else state.undo()
        // One that begins with what there is by then sees the same.
        if (index % 5 === 4) series = seriesOf(state)
        series.begin?.()
        for (const key of KEYS) {
          const one = series.series(key)
          const got = (one?.starts ?? []).map((at, where) => [at, one!.at(where), one!.get(at)])
          const wanted = [0, 1, 2, 3, 4, 5].flatMap((at) => {
            const value = kept.get(timeKey(at, mapKeyOf(key)))
            return value === undefined ? [] : [[at, value, value]]
          })
          t.deepEqual(got, wanted)
        }
      }
    }),
  ))
