/** Operations on one row after the other, and the tuples that they see. */
import test from 'ava'
import { Fields } from '../../../lib/index.ts'
import type { TridentCollector, TridentFunction } from '../../../lib/trident/model/operation.ts'
import { TridentTuple } from '../../../lib/trident/model/tuple.ts'
import {
  eachProcessor,
  filterProcessor,
  flatMapProcessor,
  mapProcessor,
  peekProcessor,
  projectProcessor,
} from '../../../lib/trident/operation/local.ts'
import { View } from '../../../lib/trident/operation/view.ts'
import { Partition, sorted, through, throughAll } from './partition.ts'

const split: TridentFunction = (tuple, collector) => {
  for (const word of tuple.values[0].split(' ')) collector.emit([word])
}

/** What a view sees of a row. */
function seen(from: readonly string[], row: readonly unknown[], names?: readonly string[]) {
  return new View(new Fields(from), names).of(row)
}

test('a tuple of a, b, c gives its values by field', (t) => {
  const tuple = new TridentTuple([3, 2, 1], new Fields(['a', 'b', 'c']))
  t.deepEqual([tuple.get('a'), tuple.get('b'), tuple.get('c')], [3, 2, 1])
  t.deepEqual(tuple.toObject(), { a: 3, b: 2, c: 1 })
  t.throws(() => tuple.get('d'), { code: 'UNKNOWN_FIELD' })
})

test('a projection has the fields that it names, in their order', (t) => {
  const tuple = seen(['a', 'b', 'c', 'd', 'e'], [3, 2, 1, 4, 5], ['d', 'a'])
  t.deepEqual(tuple.values, [4, 3])
  t.deepEqual([tuple.get('d'), tuple.get('a')], [4, 3])
  t.throws(() => tuple.get('b'), { code: 'UNKNOWN_FIELD' })
})

test('what functions append stands behind the tuple that they saw, and each next one sees all of it', async (t) => {
  const append =
    (...values: unknown[]): TridentFunction =>
    (_, collector) =>
      collector.emit(values)
  const steps = [
    [eachProcessor([], append(4, 5), ['d', 'e']), ['a', 'b', 'c']],
    [eachProcessor([], append(7), ['f']), ['a', 'b', 'c', 'd', 'e']],
  ] as const
  const [row] = await throughAll(steps, [[1, 2, 3]])
  t.deepEqual(row, [1, 2, 3, 4, 5, 7])
  const tuple = seen(['a', 'b', 'c', 'd', 'e', 'f'], row!)
  t.deepEqual([tuple.get('e'), tuple.get('f')], [5, 7])
})

test('a field that was projected away can be appended anew, and then means the new value', async (t) => {
  const append =
    (...values: unknown[]): TridentFunction =>
    (_, collector) =>
      collector.emit(values)
  const steps = [
    [eachProcessor([], append(4), ['d']), ['a', 'b', 'c']],
    [eachProcessor([], append(5, 6), ['e', 'f']), ['a', 'b', 'c', 'd']],
    [projectProcessor(['a', 'f', 'b']), ['a', 'b', 'c', 'd', 'e', 'f']],
    [eachProcessor(['a'], append(8), ['c']), ['a', 'f', 'b']],
  ] as const
  const [row] = await throughAll(steps, [[1, 2, 3]])
  t.deepEqual(row, [1, 6, 2, 8])
  t.is(seen(['a', 'f', 'b', 'c'], row!).get('c'), 8)
})

test('select gives the values of the named fields in the order of the names', (t) => {
  t.deepEqual(seen(['a', 'b', 'c'], [1, 2, 3]).select(['c', 'a']), [3, 1])
})

test('a view of all fields in their order is the row itself, any other is not', (t) => {
  const row = [1, 2, 3]
  t.is(seen(['a', 'b', 'c'], row).values, row)
  t.is(seen(['a', 'b', 'c'], row, ['a', 'b', 'c']).values, row)
  t.deepEqual(seen(['a', 'b', 'c'], row, ['b', 'a', 'c']).values, [2, 1, 3])
  t.deepEqual(seen(['a', 'b', 'c'], row, ['b']).values, [2])
  t.deepEqual(seen(['a', 'b', 'c'], row, []).values, [])
})

test('a function that emits nothing drops the tuple, one that emits twice makes two of it', async (t) => {
  const rows = await through(
    eachProcessor(
      ['n'],
      (tuple, collector) => {
        for (let copy = 0; copy < tuple.get('n'); copy++) collector.emit([copy])
      },
      ['copy'],
    ),
    ['word', 'n'],
    [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ],
  )
  t.deepEqual(rows, [
    ['b', 1, 0],
    ['c', 2, 0],
    ['c', 2, 1],
  ])
})

test('a function sees the input fields alone', async (t) => {
  const names: (readonly string[])[] = []
  await through(
    eachProcessor(
      ['c', 'a'],
      (tuple) => {
        names.push(tuple.fields.names)
      },
      ['d'],
    ),
    ['a', 'b', 'c'],
    [[1, 2, 3]],
  )
  t.deepEqual(names, [['c', 'a']])
})

test('rows get as long as functions append to them', async (t) => {
  for (const width of [0, 1, 2, 3, 4, 5])
    for (const more of [0, 1, 2, 3]) {
      const names = Array.from({ length: width }, (_, index) => `before${index}`)
      const added = Array.from({ length: more }, (_, index) => `after${index}`)
      const rows = await through(
        eachProcessor([], (_, collector) => collector.emit(added), added),
        names,
        [names],
      )
      t.deepEqual(rows, [[...names, ...added]])
    }
})

test('splitting sentences into words, and merging them with the lengths of the sentences, gives both', async (t) => {
  const words = [
    [eachProcessor(['text'], split, ['word']), ['text']],
    [projectProcessor(['word']), ['text', 'word']],
  ] as const
  const lengths = mapProcessor((tuple) => [tuple.get('text').length], ['length'])
  const both = async (text: string) =>
    sorted([...(await throughAll(words, [[text]])), ...(await through(lengths, ['text'], [[text]]))])
  t.deepEqual(await both('the man'), [['man'], ['the'], [7]])
  t.deepEqual(await both('hello'), [['hello'], [5]])
})

test('a filter keeps the rows of which it says so, whole, though it sees the input fields alone', async (t) => {
  const even = filterProcessor((tuple) => tuple.values[0] % 2 === 0, ['n'])
  t.deepEqual(
    await through(
      even,
      ['word', 'n'],
      [
        ['a', 1],
        ['b', 2],
        ['c', 4],
      ],
    ),
    [
      ['b', 2],
      ['c', 4],
    ],
  )
  const all = filterProcessor((tuple) => tuple.values.length === 2)
  t.deepEqual(await through(all, ['word', 'n'], [['a', 1]]), [['a', 1]])
})

test('map makes another row of each, flatMap any number', async (t) => {
  const upper = mapProcessor((tuple) => [tuple.get('word').toUpperCase()])
  t.deepEqual(await through(upper, ['word'], [['a'], ['b']]), [['A'], ['B']])
  const letters = flatMapProcessor((tuple) => [...tuple.get('word')].map((letter) => [letter, 1]), ['letter', 'n'])
  t.deepEqual(await through(letters, ['word'], [['ab'], [''], ['c']]), [
    ['a', 1],
    ['b', 1],
    ['c', 1],
  ])
  const lazy = flatMapProcessor(function* () {
    yield [1]
    yield [2]
  })
  t.deepEqual(await through(lazy, ['n'], [[0]]), [[1], [2]])
})

test('peek sees each row and changes none', async (t) => {
  const names: unknown[] = []
  const peek = peekProcessor((tuple) => void names.push(tuple.get('word')), ['word'])
  t.deepEqual(
    await through(
      peek,
      ['n', 'word'],
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ),
    [
      [1, 'a'],
      [2, 'b'],
    ],
  )
  t.deepEqual(names, ['a', 'b'])
})

test('an operation on a field that the stream does not have cannot be made', async (t) => {
  for (const factory of [
    eachProcessor(['x'], split, ['word']),
    filterProcessor(() => true, ['x']),
    peekProcessor(() => undefined, ['x']),
    projectProcessor(['a', 'x']),
  ])
    await t.throwsAsync(async () => Partition.of([[factory, ['a', 'b']]]), { code: 'UNKNOWN_FIELD' })
})

test('another number of values than output fields is an error that names the operation and its fields', async (t) => {
  const wrong = [
    eachProcessor(['a'], (_, collector) => collector.emit([1]), ['c', 'd']),
    mapProcessor(() => [1], ['c', 'd']),
    flatMapProcessor(() => [[1, 2, 3]], ['c', 'd']),
    flatMapProcessor((() => 'no list') as never, ['c', 'd']),
    eachProcessor(['a'], (_, collector) => collector.emit('cd' as never), ['c', 'd']),
    mapProcessor((() => undefined) as never, ['c', 'd']),
  ]
  for (const factory of wrong) await t.throwsAsync(through(factory, ['a', 'b'], [[1, 2]]), { code: 'WRONG_VALUES' })
})

test('an operation that returns a promise is refused, with what to do instead', async (t) => {
  const later = async () => {
    throw new Error('too late to be told')
  }
  const asynchronous = [
    eachProcessor(['a'], later as never, ['c']),
    filterProcessor(later as never),
    mapProcessor(later as never),
    flatMapProcessor(later as never),
    flatMapProcessor(async function* () {} as never),
    peekProcessor(later as never),
  ]
  for (const factory of asynchronous) {
    const error = await t.throwsAsync<Error & { hint?: string }>(through(factory, ['a'], [[1]]), {
      code: 'ASYNC_OPERATION',
    })
    t.regex(error.hint!, /stateQuery|partitionPersist/)
  }
})

test('what is emitted after the call is refused, and gets into no batch', async (t) => {
  let kept: TridentCollector | undefined
  const keep = eachProcessor(
    ['a'],
    (_, collector) => {
      kept = collector
    },
    ['b'],
  )
  t.deepEqual(await through(keep, ['a'], [[1]]), [])
  t.throws(() => kept!.emit([1]), { code: 'ASYNC_OPERATION' })
})

test('an exception is passed on as it is, and the next batch is none the worse for it', async (t) => {
  const error = new Error('of the user')
  const fussy = eachProcessor(
    ['n'],
    (tuple, collector) => {
      if (tuple.get('n') === 13) throw error
      collector.emit([true])
    },
    ['ok'],
  )
  const partition = await Partition.of([[fussy, ['n']]])
  const [first, second] = [partition.begin(1), partition.begin(2)]
  t.is(
    t.throws(() => partition.feed(first, [[12], [13]])),
    error,
  )
  partition.feed(second, [[14]])
  t.deepEqual(await partition.finish(second), [[14, true]])
})

test('an operation that is made for each task knows its partition, and may clean up behind itself', async (t) => {
  const closed: number[] = []
  const numbered = eachProcessor(
    [],
    {
      prepare: (context) => {
        context.onCleanup(() => void closed.push(context.partitionIndex))
        return (_, collector) => collector.emit([context.partitionIndex])
      },
    },
    ['partition'],
  )
  for (const index of [0, 1]) {
    const partition = await Partition.of([[numbered, ['a']]], true, index)
    const batch = partition.begin()
    partition.feed(batch, [['x']])
    t.deepEqual(await partition.finish(batch), [['x', index]])
    for (const cleanup of partition.cleanups) cleanup()
  }
  t.deepEqual(closed, [0, 1])
})

test('an error that a function reports is shown and fails nothing', async (t) => {
  const partition = await Partition.of([
    [
      eachProcessor(
        ['a'],
        (_, collector) => {
          collector.reportError('odd')
          collector.emit([1])
        },
        ['b'],
      ),
      ['a'],
    ],
  ])
  const batch = partition.begin()
  partition.feed(batch, [['x']])
  t.deepEqual(await partition.finish(batch), [['x', 1]])
  t.deepEqual(partition.errors, ['odd'])
})
