/** Several streams into one, batch by batch: multiReduce, and joins. */
import test from 'ava'
import fc from 'fast-check'
import { Fields } from '../../../lib/index.ts'
import { type JoinSpec, type JoinType, join, joinFields } from '../../../lib/trident/aggregate/join.ts'
import { groupedMultiReduce, multiReduce } from '../../../lib/trident/aggregate/multi-reduce.ts'
import type { GroupedMultiReducer, MultiReducer } from '../../../lib/trident/model/operation.ts'
import type { Row } from '../../../lib/trident/operation/processor.ts'
import { Partition, sorted, throughInputs } from '../operation/partition.ts'

/** Which stream has said what. */
const told: MultiReducer<any, string[]> = {
  init: (batchId) => [`batch ${batchId}`],
  execute: (said, stream, tuple) => void said.push(`${stream}: ${tuple.values.join(' ')}`),
  complete: (said, collector) => collector.emit([said.join(', ')]),
}

/** How many rows of each stream a group has. */
const counted: GroupedMultiReducer<any, number[]> = {
  init: () => [0, 0],
  execute(counts, stream) {
    counts[stream]!++
  },
  complete: (counts, group, collector) => collector.emit([...group, ...counts]),
}

const INPUTS = [
  ['id', 'name'],
  ['price', 'customer'],
]

const SPEC: JoinSpec = {
  streams: INPUTS.map((names) => new Fields(names)),
  joinFields: [['id'], ['customer']],
  types: ['inner', 'inner'],
  outMode: 'compact',
}

const ROWS = [
  [0, [1, 'Ann']],
  [1, [5, 1]],
  [1, [6, 1]],
  [0, [2, 'Bob']],
  [1, [7, 3]],
] as const

test('a reducer of several streams sees which stream a row has come by', async (t) => {
  const factory = multiReduce([['name'], ['customer', 'price']], told, ['said'])
  t.deepEqual(await throughInputs(factory, INPUTS, ROWS), [['batch 1, 0: Ann, 1: 1 5, 1: 1 6, 0: Bob, 1: 3 7']])
})

test('a batch without rows is reduced in the one partition that is chosen for it', async (t) => {
  for (const isChosen of [true, false]) {
    const partition = await Partition.of([[multiReduce([['name'], ['price']], told, ['said']), ...INPUTS]], isChosen)
    t.deepEqual(await partition.finish(partition.begin()), isChosen ? [['batch 1']] : [])
  }
})

test('a grouped reducer has a state for each group, whatever the streams call its fields', async (t) => {
  const factory = groupedMultiReduce([['id'], ['customer']], [['name'], ['price']], counted, ['id', 'names', 'prices'])
  t.deepEqual(await throughInputs(factory, INPUTS, ROWS), [
    [1, 1, 2],
    [2, 1, 0],
    [3, 0, 1],
  ])
})

test('a reducer of several streams keeps batches apart, and must not return promises', async (t) => {
  const factory = groupedMultiReduce([['id'], ['customer']], [['name'], ['price']], counted, ['id', 'names', 'prices'])
  const partition = await Partition.of([[factory, ...INPUTS]])
  const [dropped, second] = [partition.begin(1), partition.begin(2)]
  partition.feed(dropped, [[1, 'Ann']])
  partition.feed(second, [[5, 1]], 1)
  const replayed = partition.begin(1, 1)
  partition.feed(replayed, [[5, 1]], 1)
  t.deepEqual(await partition.finish(second), [[1, 0, 1]])
  t.deepEqual(await partition.finish(replayed), [[1, 0, 1]])
  const later = multiReduce([['id'], ['price']], { ...told, execute: async () => undefined } as never, ['said'])
  await t.throwsAsync(throughInputs(later, INPUTS, ROWS), { code: 'ASYNC_OPERATION' })
})

test('an inner join has a row for each pair with the same join fields: these first, then the other fields of each stream', async (t) => {
  t.deepEqual(joinFields(SPEC), ['id', 'name', 'price'])
  t.deepEqual(await throughInputs(join(SPEC), INPUTS, ROWS), [
    [1, 'Ann', 5],
    [1, 'Ann', 6],
  ])
})

test('a stream that is joined outer may lack rows, and its fields are null then', async (t) => {
  const of = (...types: JoinType[]) => throughInputs(join({ ...SPEC, types }), INPUTS, ROWS)
  const pairs = [
    [1, 'Ann', 5],
    [1, 'Ann', 6],
  ]
  t.deepEqual(await of('inner', 'outer'), [...pairs, [2, 'Bob', null]])
  t.deepEqual(await of('outer', 'inner'), [...pairs, [3, null, 7]])
  t.deepEqual(await of('outer', 'outer'), [...pairs, [2, 'Bob', null], [3, null, 7]])
})

test('a join that preserves has all fields of each stream in their order, and nulls for a whole row that lacks', async (t) => {
  const spec: JoinSpec = { ...SPEC, outMode: 'preserve', types: ['outer', 'outer'] }
  t.deepEqual(joinFields(spec), ['id', 'name', 'price', 'customer'])
  t.deepEqual(await throughInputs(join(spec), INPUTS, ROWS), [
    [1, 'Ann', 5, 1],
    [1, 'Ann', 6, 1],
    [2, 'Bob', null, null],
    [null, null, 7, 3],
  ])
})

test('values of different types do not join, and null joins null', async (t) => {
  const rows = [
    [0, [1, 'a number']],
    [1, ['of the text', '1']],
    [0, [null, 'x']],
    [1, ['y', null]],
  ] as const
  t.deepEqual(await throughInputs(join(SPEC), INPUTS, rows), [[null, 'x', 'y']])
})

/** Every choice of one row of each stream; what does not fit is thrown away. */
function nestedLoops({ streams, joinFields: by, types, outMode }: JoinSpec, rows: readonly (readonly Row[])[]): Row[] {
  const keyIn = (stream: number, row: Row) => by[stream]!.map((name) => row[streams[stream]!.indexOf(name)])
  const keys = new Map(
    rows.flatMap((some, stream) => some.map((row) => [JSON.stringify(keyIn(stream, row)), keyIn(stream, row)])),
  )
  const out: Row[] = []
  for (const [text, key] of keys) {
    let lines: Row[] = [outMode === 'compact' ? key : []]
    for (const [stream, fields] of streams.entries()) {
      const places = fields.names.flatMap((name, index) =>
        outMode === 'compact' && by[stream]!.includes(name) ? [] : [index],
      )
      let found = rows[stream]!.filter((row) => JSON.stringify(keyIn(stream, row)) === text)
      if (found.length === 0 && types[stream] === 'outer') found = [fields.names.map(() => null)]
      lines = lines.flatMap((line) => found.map((row) => [...line, ...places.map((place) => row[place])]))
    }
    out.push(...lines)
  }
  return out
}

test('joins of two and three streams, by one field and two, inner, outer and mixed, are what nested loops give', async (t) => {
  const inputs = [
    ['k', 'l', 'a'],
    ['b', 'l2', 'c', 'k2'],
    ['k3', 'l3'],
  ]
  const by = [
    ['k', 'l'],
    ['k2', 'l2'],
    ['k3', 'l3'],
  ]
  const type = fc.constantFrom<JoinType>('inner', 'outer')
  const value = fc.constantFrom<unknown>(0, 1, 'x')
  const rowsOf = (width: number) => fc.array(fc.array(value, { minLength: width, maxLength: width }), { maxLength: 6 })
  const rows = fc.tuple(rowsOf(3), rowsOf(4), rowsOf(2))
  const mode = fc.constantFrom('compact', 'preserve')
  const law = fc.asyncProperty(
    fc.constantFrom(2, 3),
    fc.constantFrom(1, 2),
    fc.tuple(type, type, type),
    mode,
    rows,
    async (count, width, types, outMode, streamRows) => {
      const spec: JoinSpec = {
        streams: inputs.slice(0, count).map((names) => new Fields(names)),
        joinFields: by.slice(0, count).map((names) => names.slice(0, width)),
        types: types.slice(0, count),
        outMode,
      }
      const given = streamRows.slice(0, count).flatMap((some, stream) => some.map((row) => [stream, row] as const))
      const got = await throughInputs(join(spec), inputs.slice(0, count), given)
      t.deepEqual(sorted(got), sorted(nestedLoops(spec, streamRows.slice(0, count))))
      t.true(got.every((row) => row.length === joinFields(spec).length))
    },
  )
  await fc.assert(law, { numRuns: 300 })
})

test('output fields can be named, and must be where streams have the same names', (t) => {
  const same: JoinSpec = {
    ...SPEC,
    streams: [new Fields(['id', 'x']), new Fields(['id', 'x'])],
    joinFields: [['id'], ['id']],
  }
  const error = t.throws<Error & { hint?: string }>(() => joinFields(same), { code: 'DUPLICATE_FIELD' })
  t.regex(error.hint!, /id, x, x/)
  t.deepEqual(joinFields({ ...same, outFields: ['id', 'x', 'other'] }), ['id', 'x', 'other'])
  t.throws(() => joinFields({ ...same, outFields: ['id', 'x', 'x'] }), { code: 'DUPLICATE_FIELD' })
  t.throws(() => joinFields({ ...same, outFields: ['id', 'x'] }), { code: 'BAD_JOIN' })
})

test('a join that cannot be is refused when it is built', (t) => {
  const refused = (changes: Partial<JoinSpec>, code: string) => t.throws(() => join({ ...SPEC, ...changes }), { code })
  refused({ joinFields: [['id'], ['x']] }, 'UNKNOWN_FIELD')
  refused(
    {
      joinFields: [
        ['id', 'id'],
        ['price', 'customer'],
      ],
    },
    'DUPLICATE_FIELD',
  )
  refused({ joinFields: [['id'], ['price', 'customer']] }, 'BAD_JOIN')
  refused({ joinFields: [[], []] }, 'BAD_JOIN')
  refused({ joinFields: [['id']] }, 'BAD_JOIN')
  refused({ types: ['inner'] }, 'BAD_JOIN')
  refused({ streams: SPEC.streams.slice(0, 1), joinFields: [['id']], types: ['inner'] }, 'BAD_JOIN')
})
