import test from 'ava'
import fc from 'fast-check'
import type { Segment } from '../../../lib/snapshots/manifest.ts'
import { type Chain, StateChains } from '../../../lib/worker/capture/state-chains.ts'

const MIB = 1024 * 1024
const segmentIn = (snapshot: number, length: number): Segment => ({
  file: `${snapshot}`,
  offset: 0,
  length,
  records: 1,
})

/** Takes snapshots of a worker, of whose states so many bytes change each time. */
function take(snapshots: number, states: ReadonlyMap<string, { readonly bytes: number; readonly changes: number }>) {
  const chains = new StateChains(new Map())
  const fileBytes = new Map<string, number>()
  let changed = 0
  for (let snapshot = 1; snapshot <= snapshots; snapshot++) {
    const isDue = chains.due()
    const written = new Map<string, Chain>()
    let bytes = 0
    for (const [state, { bytes: whole, changes }] of states) {
      const chain = chains.of(state)
      const isWhole = chain.length === 0 || isDue(state)
      const length = isWhole ? whole : changes
      if (length > 0) written.set(state, [...(isWhole ? [] : chain), segmentIn(snapshot, length)])
      bytes += length
      changed += chain.length === 0 ? whole : changes
    }
    fileBytes.set(`${snapshot}`, bytes)
    chains.completed(written)
  }
  const named = new Set([...states.keys()].flatMap((state) => chains.of(state).map(({ file }) => file)))
  const written = [...fileBytes.values()].reduce((sum, bytes) => sum + bytes, 0)
  return { kept: [...named].reduce((sum, file) => sum + fileBytes.get(file)!, 0), written, changed }
}

test('a small state that no one writes keeps no old files of a large one', (t) => {
  const large = { bytes: 50 * MIB, changes: 5 * MIB }
  const alone = take(100, new Map([['large', large]]))
  const quiet = { bytes: 1000, changes: 0 }
  const beside = take(
    100,
    new Map([
      ['quiet', quiet],
      ['large', large],
      ['also quiet', quiet],
    ]),
  )
  t.true(beside.kept <= alone.kept + 10_000, `${beside.kept} and ${alone.kept} bytes`)
})

test('what is written is bounded by what has changed, however many states there are', (t) => {
  const state = fc.record({
    bytes: fc.integer({ min: 1, max: 4 * MIB }),
    changes: fc.integer({ min: 0, max: MIB / 2 }),
  })
  fc.assert(
    fc.property(fc.array(state, { minLength: 1, maxLength: 30 }), (states) => {
      const { written, changed } = take(60, new Map(states.map((one, index) => [`${index}`, one])))
      t.true(written <= 4 * changed)
    }),
    { numRuns: 100 },
  )
})

test('where files are lost, everything is written again', (t) => {
  const chains = new StateChains(new Map([['a', [segmentIn(1, 10)]]]))
  chains.lost()
  t.true(chains.due()('a'))
  chains.completed(new Map([['a', [segmentIn(2, 10)]]]))
  t.false(chains.due()('a'))
})
