/**
 * Combiners in halves: however the rows are shared out among the partitions, the result is that of all rows at once.
 */
import test from 'ava'
import fc from 'fast-check'
import { chainedAggregate, groupedAggregate, partitionAggregate } from '../../../lib/trident/aggregate/aggregate.ts'
import {
  type CombineStep,
  combineChain,
  combinePartials,
  partialChain,
  partialCombine,
} from '../../../lib/trident/aggregate/combine.ts'
import { Count, Max, Min, Sum } from '../../../lib/trident/builtin/index.ts'
import type { CombinerAggregator } from '../../../lib/trident/model/operation.ts'
import type { ProcessorFactory, Row } from '../../../lib/trident/operation/processor.ts'
import { Partition, sorted, through } from '../operation/partition.ts'

const NAMES = ['word', 'n']

/** A combiner whose state is no number, and whose order matters: associative, not commutative. */
const Texts: CombinerAggregator<readonly string[]> = {
  init: (tuple) => [String(tuple.values[0])],
  combine: (a, b) => [...a, ...b],
  zero: () => [],
}

const COMBINERS = { Count, Sum, Min, Max, Texts }
const STEPS: CombineStep[] = Object.entries(COMBINERS).map(([name, aggregator]) => ({
  inputFields: ['n'],
  aggregator,
  outFields: [name],
}))

const rowsInPartitions = fc.array(
  fc.array(fc.tuple(fc.constantFrom('the', 'of', '', '\u0000', 'and'), fc.integer({ min: -5, max: 5 }))),
  { minLength: 1, maxLength: 4 },
)

/** Rows through the first half in several partitions, and what comes of them through the second half in one. */
async function inHalves(
  first: ProcessorFactory,
  second: ProcessorFactory,
  between: readonly string[],
  partitions: readonly (readonly Row[])[],
): Promise<Row[]> {
  const partials: Row[] = []
  for (const [index, rows] of partitions.entries()) {
    const partition = await Partition.of([[first, NAMES]], index === 0)
    const batch = partition.begin()
    partition.feed(batch, rows)
    partials.push(...(await partition.finish(batch)))
  }
  return through(second, between, partials)
}

for (const [name, combiner] of Object.entries(COMBINERS)) {
  test(`${name} by word in halves is ${name} by word of all rows`, async (t) => {
    await fc.assert(
      fc.asyncProperty(rowsInPartitions, async (partitions) => {
        const first = partialCombine(['word'], ['n'], combiner)
        const second = combinePartials(['word'], combiner)
        const whole = groupedAggregate(['word'], ['n'], combiner, ['result'])
        t.deepEqual(
          sorted(await inHalves(first, second, ['word', 'partial'], partitions)),
          sorted(await through(whole, NAMES, partitions.flat())),
        )
      }),
    )
  })

  test(`${name} of a batch in halves is ${name} of all its rows, of none too`, async (t) => {
    await fc.assert(
      fc.asyncProperty(rowsInPartitions, async (partitions) => {
        const first = partialCombine(undefined, ['n'], combiner)
        const second = combinePartials(undefined, combiner)
        const whole = partitionAggregate(['n'], combiner, ['result'])
        t.deepEqual(
          await inHalves(first, second, ['partial'], partitions),
          await through(whole, NAMES, partitions.flat()),
        )
      }),
    )
  })
}

test('several combiners in halves are those of all rows, grouped and not', async (t) => {
  await fc.assert(
    fc.asyncProperty(rowsInPartitions, async (partitions) => {
      const names = STEPS.map(({ outFields }) => outFields[0]!)
      for (const group of [undefined, ['word'], ['word', 'n']]) {
        const got = await inHalves(
          partialChain(group, STEPS),
          combineChain(group, STEPS),
          [...(group ?? []).map((field) => `group ${field}`), ...names],
          partitions,
        )
        t.deepEqual(sorted(got), sorted(await through(chainedAggregate(STEPS, group), NAMES, partitions.flat())))
      }
    }),
  )
})

test('a partition sends one row for each of its groups, and without rows nothing', async (t) => {
  const first = partialCombine(['word'], [], Count)
  t.deepEqual(
    await through(first, NAMES, [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ]),
    [
      ['a', 2],
      ['b', 1],
    ],
  )
  t.deepEqual(await through(first, NAMES, []), [])
  t.deepEqual(await through(partialCombine(undefined, [], Count), NAMES, []), [])
})

test('where nothing came, the partition that is chosen emits the value of nothing, and no other', async (t) => {
  for (const isChosen of [true, false]) {
    const partition = await Partition.of([[combinePartials(undefined, Count), ['partial']]], isChosen)
    t.deepEqual(await partition.finish(partition.begin()), isChosen ? [[0]] : [])
  }
  t.deepEqual(await through(combinePartials(['word'], Count), ['word', 'partial'], []), [])
})

test('the words of "the man", shuffled to several partitions, are two, and those of "aaa" one', async (t) => {
  const count = (...partitions: string[][]) =>
    inHalves(
      partialCombine(undefined, [], Count),
      combinePartials(undefined, Count),
      ['partial'],
      partitions.map((words) => words.map((word) => [word, 0])),
    )
  t.deepEqual(await count(['the'], [], ['man']), [[2]])
  t.deepEqual(await count([], ['aaa']), [[1]])
})

test('the values of a group travel as they are, and the result stands behind them', async (t) => {
  const rows: Row[] = [
    [7, 1],
    [null, 2],
    [7, 3],
    [['x'], 4],
  ]
  t.deepEqual(await through(partialCombine(['word'], ['n'], Sum), NAMES, rows), [
    [7, 4],
    [null, 2],
    [['x'], 4],
  ])
})

test('batches that come interleaved are combined each by itself, and one that was dropped leaves nothing', async (t) => {
  const partition = await Partition.of([
    [partialCombine(['word'], ['n'], Sum), NAMES],
    [combinePartials(['word'], Sum), ['word', 'sum']],
  ])
  const [dropped, second] = [partition.begin(1, 0), partition.begin(2)]
  partition.feed(dropped, [['a', 1]])
  partition.feed(second, [['a', 10]])
  const replayed = partition.begin(1, 1)
  partition.feed(replayed, [['a', 2]])
  partition.feed(second, [['a', 20]])
  t.deepEqual(await partition.finish(replayed), [['a', 2]])
  t.deepEqual(await partition.finish(second), [['a', 30]])
  t.deepEqual(dropped.emitted, [])
})

test('a combiner that returns a promise is refused in either half', async (t) => {
  const later = async (): Promise<any> => 0
  const rows: Row[] = [
    ['a', 1],
    ['a', 2],
  ]
  for (const factory of [
    partialCombine(['word'], ['n'], { ...Count, init: later }),
    partialCombine(undefined, ['n'], { ...Count, combine: later }),
    combinePartials(['word'], { ...Count, combine: later }),
  ])
    await t.throwsAsync(through(factory, NAMES, rows), { code: 'ASYNC_OPERATION' })
})

test('a combiner of a class keeps its this', async (t) => {
  class Scaled implements CombinerAggregator<number> {
    readonly factor = 10
    init(): number {
      return this.factor
    }
    combine(a: number, b: number): number {
      return a + b + 0 * this.factor
    }
    zero(): number {
      return 0 * this.factor
    }
  }
  const combiner = new Scaled()
  const partitions = [[['a', 1]], [['a', 2]]]
  const halves = [partialCombine(undefined, [], combiner), combinePartials(undefined, combiner)] as const
  t.deepEqual(await inHalves(...halves, ['partial'], partitions), [[20]])
  t.deepEqual(await inHalves(...halves, ['partial'], [[]]), [[0]])
})
