/** Operations on one tuple after the other: what goes in, what comes out. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import { debug, Equals, FilterNull, negate } from '../../../lib/trident/index.ts'
import { check, commit, fed, rows, run, start, topologyFor, WORD, words } from './kit.ts'

const NUMBERS = rows(fields<{ a: number; b: number }>('a', 'b'), [1, 2], [3, 3], [5, 4])
const SUM = fields<{ sum: number }>('sum')

test('each appends what its function emits', (t) =>
  check(
    t,
    NUMBERS,
    (stream) => stream.each(['a', 'b'], (tuple, out) => out.emit([tuple.get('a') + tuple.get('b')]), SUM),
    [
      [1, 2, 3],
      [3, 3, 6],
      [5, 4, 9],
    ],
  ))

test('each drops a tuple for which its function emits nothing, and multiplies one for which it emits more', (t) =>
  check(
    t,
    NUMBERS,
    (stream) =>
      stream.each(
        ['a'],
        (tuple, out) => {
          for (let n = 1; n < tuple.get('a'); n += 2) out.emit([n])
        },
        fields<{ n: number }>('n'),
      ),
    [
      [3, 3, 1],
      [5, 4, 1],
      [5, 4, 3],
    ],
  ))

test('each without output fields takes a filter of the fields that it names', (t) =>
  check(t, NUMBERS, (stream) => stream.each(['b'], (tuple) => tuple.get('b') > 2), [
    [3, 3],
    [5, 4],
  ]))

test('filter keeps the tuples that pass, by all of their fields or by some', async (t) => {
  await check(t, NUMBERS, (stream) => stream.filter((tuple) => tuple.get('a') < tuple.get('b')), [[1, 2]])
  await check(t, NUMBERS, (stream) => stream.filter(['a'], (tuple) => tuple.get('a') > 3), [[5, 4]])
})

test('the filters that come with Typhoon: Equals, Negate, FilterNull, Debug', async (t) => {
  await check(t, NUMBERS, (stream) => stream.filter(Equals), [[3, 3]])
  await check(t, NUMBERS, (stream) => stream.each(['a', 'b'], negate(Equals)), [
    [1, 2],
    [5, 4],
  ])
  const gaps = rows(fields<{ n: number | null }>('n'), [1], [null], [0])
  await check(t, gaps, (stream) => stream.filter(FilterNull), [[1], [0]])
  await check(t, NUMBERS, (stream) => stream.filter(debug('numbers')), NUMBERS.rows)
})

test('map makes another tuple of each, with the same fields or with others', async (t) => {
  await check(t, NUMBERS, (stream) => stream.map((tuple) => [tuple.get('b'), tuple.get('a')]), [
    [2, 1],
    [3, 3],
    [4, 5],
  ])
  await check(t, NUMBERS, (stream) => stream.map((tuple) => [tuple.get('a') * tuple.get('b')], SUM), [[2], [9], [20]])
})

test('flatMap makes any number of tuples of each', async (t) => {
  const sentences = rows(fields<{ sentence: string }>('sentence'), ['the cow'], ['the'])
  await check(t, sentences, (stream) => stream.flatMap(words('sentence'), WORD), [['the'], ['cow'], ['the']])
  const twice = rows(fields<{ n: number }>('n'), [1], [2])
  await check(t, twice, (stream) => stream.flatMap((tuple) => [tuple.values, tuple.values]), [[1], [1], [2], [2]])
  await check(t, twice, (stream) => stream.flatMap(() => []), [])
})

test('peek sees each tuple, whole, and changes none', async (t) => {
  const seen: unknown[] = []
  await check(t, NUMBERS, (stream) => stream.peek((tuple) => void seen.push(tuple.toObject())), NUMBERS.rows)
  t.deepEqual(seen, [
    { a: 1, b: 2 },
    { a: 3, b: 3 },
    { a: 5, b: 4 },
  ])
})

test('project keeps the fields that it names, in this order', (t) =>
  check(
    t,
    NUMBERS,
    (stream) =>
      stream
        .project(['b', 'a'])
        .each([], (_, out) => out.emit([0]), SUM)
        .project(['a', 'sum']),
    [
      [1, 0],
      [3, 0],
      [5, 0],
    ],
  ))

test('one stream can go several ways, and each way sees all of it', (t) =>
  check(
    t,
    NUMBERS,
    (stream, topology) =>
      topology.merge(
        stream.filter((tuple) => tuple.get('a') > 1).project(['a']),
        stream.map((tuple) => [-tuple.get('a')], fields<{ a: number }>('a')),
      ),
    [[3], [5], [-1], [-3], [-5]],
  ))

test('an operation that is made for each task knows its partition, and cleans up when the task ends', async (t) => {
  const topology = topologyFor(t)
  const { feeder, stream } = fed(topology, WORD)
  const ended: number[] = []
  const partitions: string[] = []
  stream
    .shuffle()
    .peek({
      prepare({ partitionIndex, numPartitions, onCleanup }) {
        partitions.push(`${partitionIndex} of ${numPartitions}`)
        onCleanup(() => void ended.push(partitionIndex))
        return () => {}
      },
    })
    .parallelismHint(3)
  const running = await start(t, topology)
  await commit(running, feeder, [['a']])
  t.deepEqual(partitions.sort(), ['0 of 3', '1 of 3', '2 of 3'])
  feeder.end()
  await running.complete()
  t.deepEqual(ended.sort(), [0, 1, 2])
})

test('name names the component that the operations behind it become part of', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  stream
    .shuffle()
    .name('shout')
    .map((tuple) => [tuple.get('word').toUpperCase()])
    .shuffle()
    .peek(() => {})
    .name('end')
  t.deepEqual(Object.keys(topology.build().topology.components), ['coordinator', 'spout-in', 'shout', 'peek'])
})

test('parallelismHint gives the number of tasks, back to the last change of partitions; the highest of several counts', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, WORD)
  stream
    .parallelismHint(2)
    .shuffle()
    .filter(() => true)
    .parallelismHint(4)
    .peek(() => {})
    .parallelismHint(3)
    .shuffle()
    .peek(() => {})
  const { components } = topology.build().topology
  t.deepEqual(
    Object.values(components).map(({ parallelism }) => parallelism),
    [1, 2, 4, 1],
  )
})

test('fields and values of any kind that tuples can hold go through', async (t) => {
  const odd = ['', 'żółć 漢字 🌀', '\u0000', 'a\nb\t"c"', '__proto__']
  const input = rows(
    fields<{ 'ключ 🔑': unknown }>('ключ 🔑'),
    ...odd.map((text): [unknown] => [text]),
    [2 ** 53],
    [-0.5],
    [12n ** 20n],
    [null],
    [true],
    [[1, ['x']]],
    [{ a: { b: [] } }],
    [new Uint8Array([0, 255])],
  )
  const [seen] = await run(t, input.fields, [input.rows], (stream) =>
    stream
      .shuffle()
      .map((tuple) => [tuple.get('ключ 🔑')])
      .parallelismHint(3),
  )
  t.is(seen!.length, input.rows.length)
  for (const [value] of input.rows)
    t.true(
      seen!.some(({ values: [other] }) => isSame(value, other)),
      String(value),
    )
})

function isSame(one: unknown, other: unknown): boolean {
  const text = (value: unknown): string => {
    if (typeof value === 'bigint') return `${value}n`
    return value instanceof Uint8Array ? `bytes ${[...value]}` : JSON.stringify(value)
  }
  return text(one) === text(other)
}
