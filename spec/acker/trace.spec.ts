import test from 'ava'
import fc from 'fast-check'
import { TraceLanes, traceOf } from '../../lib/acker/trace.ts'
import { Prng } from '../../lib/util/prng.ts'

function bolts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `bolt-${index}`)
}

test('with up to 32 bolts one open edge names its bolt and no other', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 32 }), fc.nat(), fc.integer(), (count, pick, low) => {
      const names = bolts(count)
      const lanes = new TraceLanes(names)
      const name = names[pick % count]!
      const named = lanes.componentsIn(traceOf(low, lanes.mask, lanes.shiftOf(name)))
      return named.length === 1 && named[0] === name
    }),
  )
  t.pass()
})

test('one open edge at each of several bolts names them all, in the order in which they were given', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 32 }), fc.integer(), (count, seed) => {
      const random = new Prng(seed)
      const names = bolts(count)
      const lanes = new TraceLanes(names)
      const holding = names.filter(() => random.below(2) === 0)
      let trace = 0
      for (const name of random.shuffle(holding)) trace ^= traceOf(random.int32(), lanes.mask, lanes.shiftOf(name))
      return JSON.stringify(lanes.componentsIn(trace)) === JSON.stringify(holding)
    }),
  )
  t.pass()
})

test('an edge that was acked leaves nothing, whatever else is open', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.tuple(fc.nat(), fc.integer())), (count, edges) => {
      const names = bolts(count)
      const lanes = new TraceLanes(names)
      let trace = 0
      const traces = edges.map(([bolt, low]) => traceOf(low, lanes.mask, lanes.shiftOf(names[bolt % count]!)))
      for (const one of traces) trace ^= one
      for (const one of traces) trace ^= one
      return trace === 0
    }),
  )
  t.pass()
})

test('two open edges of one bolt hide each other only where their bits in the lane are equal', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.integer(), fc.integer(), (count, a, b) => {
      const lanes = new TraceLanes(bolts(count))
      const shift = lanes.shiftOf('bolt-0')
      const [one, other] = [traceOf(a, lanes.mask, shift), traceOf(b, lanes.mask, shift)]
      return lanes.componentsIn(one ^ other).includes('bolt-0') === (one !== other)
    }),
  )
  t.pass()
})

test('the fewer bolts, the seldomer two open edges hide: about one in 2^k, for k bits (seed 5)', (t) => {
  const random = new Prng(5)
  const pairs = 20_000
  for (const [count, bits] of [
    [2, 16],
    [4, 8],
    [8, 4],
  ] as const) {
    const lanes = new TraceLanes(bolts(count))
    let hidden = 0
    for (let i = 0; i < pairs; i++) {
      const [one, other] = [traceOf(random.int32(), lanes.mask, 0), traceOf(random.int32(), lanes.mask, 0)]
      if (one === other) hidden++
    }
    t.true(hidden <= (2 * pairs) / 2 ** bits + 5, `${hidden} of ${pairs} pairs were hidden in lanes of ${bits} bits`)
  }
})

test('with more than 32 bolts those that share a lane are named together', (t) => {
  const names = bolts(40)
  const lanes = new TraceLanes(names)
  for (const [index, name] of names.entries()) {
    const named = lanes.componentsIn(traceOf(index, lanes.mask, lanes.shiftOf(name)))
    t.deepEqual(
      named,
      names.filter((_, other) => other % 32 === index % 32),
    )
  }
})

test('a topology without bolts has lanes all the same', (t) => {
  const lanes = new TraceLanes([])
  t.deepEqual(lanes.componentsIn(-1), [])
  t.is(lanes.shiftOf('nobody'), 0)
})
