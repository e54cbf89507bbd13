/** What is drawn of a seed, and what is made of what came out. */
import test from 'ava'
import { drawFaults, FAULT_KINDS, type FaultKind, possible } from '../../lib/chaos/faults.ts'
import { deviationOf } from '../../lib/chaos/oracle.ts'
import { difference, tallyOf } from '../../lib/chaos/tally.ts'
import { type DisturbedRun, verdictOf } from '../../lib/chaos/verdict.ts'
import { Prng } from '../../lib/util/prng.ts'

const KINDS = Object.keys(FAULT_KINDS) as FaultKind[]
const DRAWING = { kinds: KINDS, workers: 3, ms: 10_000, count: 5, longestMs: 2000 }

test('a seed draws the same faults again, one after the other, within the time and the length that are given', (t) => {
  const kinds = new Set<FaultKind>()
  for (let seed = 1; seed <= 200; seed++) {
    const faults = drawFaults(seed, DRAWING)
    t.deepEqual(drawFaults(seed, DRAWING), faults)
    t.is(faults.length, DRAWING.count)
    for (const [index, { kind, atMs, worker, forMs, byMs }] of faults.entries()) {
      kinds.add(kind)
      t.true(atMs >= index * 2000 && atMs <= (index + 1) * 2000)
      t.true(worker >= 1 && worker <= 3)
      t.true(kind === 'kill' ? forMs === 0 : forMs >= 1 && forMs <= 2000)
      t.true(kind === 'slow' || kind === 'clock' || byMs === 0)
    }
  }
  t.deepEqual([...kinds].sort(), [...KINDS].sort())
})

test('where a kind is left out, the others come to the same workers at the same times', (t) => {
  const places = (kinds: readonly FaultKind[]): unknown =>
    drawFaults(7, { ...DRAWING, kinds }).map(({ atMs, worker }) => [atMs, worker])
  t.deepEqual(places(['kill']), places(KINDS))
})

test('nothing happens between workers where there is one', (t) => {
  t.deepEqual(possible(KINDS, 1), ['kill', 'stop', 'disk-full', 'clock'])
  t.deepEqual(drawFaults(1, { ...DRAWING, kinds: ['cut', 'slow'], workers: 1 }), [])
})

test('whatever is taken away, doubled and added is found, and nothing else', (t) => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Prng(seed)
    const expected = Array.from({ length: 1 + random.below(50) }, () => `row ${random.below(20)}`)
    const lost = random.below(expected.length)
    // Doubled are rows that are all there.
    const left = expected.slice(lost)
    const missing = new Set(expected.slice(0, lost))
    const doubled = left.filter((row) => !missing.has(row))
    const strange = Array.from({ length: random.below(5) }, (_, n) => `strange ${n}`)
    const found = random.shuffle([...left, ...doubled, ...strange])
    const { examples, ...counts } = difference(tallyOf(expected), tallyOf(found))
    t.deepEqual(counts, { lost, doubled: doubled.length, strange: strange.length }, `seed ${seed}`)
    t.true(examples.lost.every((row) => missing.has(row)))
  }
})

const NOTHING = { lost: 0, doubled: 0, strange: 0 }
const RUN = { faults: 'kill', seed: 1, times: 2, missed: 0, deaths: 0, recoveredMs: [], deviation: NOTHING } as const

for (const [promise, breaks] of [
  ['exactly once', ['lost', 'doubled', 'strange', 'unended']],
  ['at least once', ['lost', 'unended']],
  ['at most once', ['doubled', 'unended']],
  ['no promise', ['unended']],
] as const)
  test(`${promise}: broken by ${breaks.join(', ')}`, (t) => {
    const isKept = (run: Partial<DisturbedRun>): boolean => verdictOf({ promise, why: '' }, [{ ...RUN, ...run }]).isKept
    t.true(isKept({}))
    for (const what of ['lost', 'doubled', 'strange'] as const)
      t.is(isKept({ deviation: { ...NOTHING, [what]: 1 } }), !(breaks as readonly string[]).includes(what))
    t.false(isKept({ unended: 'no end' }))
  })

test('at most once: what comes twice counts only where no worker has ended', (t) => {
  const promised = { promise: 'at most once', why: '' } as const
  t.true(verdictOf(promised, [{ ...RUN, deaths: 1, deviation: { ...NOTHING, doubled: 1 } }]).isKept)
})

test('the runs of a kind are one line', (t) => {
  const runs: DisturbedRun[] = [
    { ...RUN, recoveredMs: [30, 10], deviation: { ...NOTHING, lost: 2 } },
    { ...RUN, seed: 2, missed: 1, recoveredMs: [20], unended: 'no end' },
    { ...RUN, faults: 'all' },
  ]
  const { lines, broken } = verdictOf({ promise: 'at least once', why: '' }, runs)
  const kills = { faults: 'kill', runs: 2, times: 4, missed: 1, unended: 1, lost: 2, doubled: 0, strange: 0 } as const
  t.deepEqual(lines[0], { ...kills, recovered: { medianMs: 20, longestMs: 30 } })
  t.is(lines[1]!.recovered, undefined)
  t.deepEqual(
    broken.map(({ seed }) => seed),
    [1, 2],
  )
})

test('an oracle gets the rows of both runs by sink, and what it leaves out is nothing', async (t) => {
  const verify = (came: unknown): { lost: number } => {
    t.deepEqual(came, {
      expected: {
        sink: [
          ['a', 1],
          ['b [', 2],
        ],
      },
      found: { sink: [['a', 1]] },
    })
    return { lost: 1 }
  }
  t.deepEqual(await deviationOf(['sink ["a",1]', 'sink ["b [",2]'], ['sink ["a",1]'], verify), { ...NOTHING, lost: 1 })
})

test('an oracle that says no number is refused', async (t) => {
  for (const lost of [-1, Number.NaN, '1', {}])
    await t.throwsAsync(
      deviationOf([], [], () => ({ lost }) as any),
      { code: 'BAD_ARGUMENT' },
    )
})
