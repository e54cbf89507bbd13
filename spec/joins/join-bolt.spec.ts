/** Joins of windows, as Storm's own tests state them (apache/storm `storm-client/test/.../bolt/TestJoinBolt.java`). */
import test from 'ava'
import { testTuple } from '../../lib/index.ts'
import { JoinBolt } from '../../lib/joins/index.ts'
import { type TestCollector, testCollector } from '../../lib/testing/index.ts'
import { Count, Duration } from '../../lib/windows/index.ts'
import { TupleWindow } from '../../lib/windows/tuples/tuple-window.ts'

const STREAMS: Record<string, [fields: string[], rows: unknown[][]]> = {
  users: [
    ['userId', 'name', 'city'],
    [
      [1, 'roshan', 'san jose'],
      [2, 'harsha', 'santa clara'],
      [3, 'siva', 'dublin'],
      [4, 'hugo', 'san mateo'],
      [5, 'suresh', 'sunnyvale'],
      [6, 'guru', 'palo alto'],
      [7, 'arun', 'bengaluru'],
      [8, 'satish', 'mumbai'],
      [9, 'mani', 'bengaluru'],
      [10, 'priyank', 'seattle'],
    ],
  ],
  orders: [
    ['orderId', 'userId', 'itemId', 'price'],
    [
      [11, 2, 21, 7],
      [12, 2, 22, 3],
      [13, 3, 23, 4],
      [14, 4, 24, 5],
      [15, 5, 25, 2],
      [16, 6, 26, 7],
      [17, 6, 27, 4],
      [18, 7, 28, 2],
      [19, 8, 29, 9],
    ],
  ],
  stores: [
    ['storeId', 'storeName', 'city'],
    [
      [1, 'store1', 'san jose'],
      [2, 'store2', 'santa clara'],
      [3, 'store3', 'dublin'],
      [4, 'store4', 'san mateo'],
      [5, 'store5', 'bengaluru'],
    ],
  ],
  cities: [
    ['cityId', 'cityName', 'country'],
    [
      [101, 'san jose', 'US'],
      [102, 'santa clara', 'US'],
      [103, 'dublin', 'US'],
      [104, 'san mateo', 'US'],
      [105, 'sunnyvale', 'US'],
      [106, 'palo alto', 'US'],
      [107, 'bengaluru', 'India'],
      [108, 'mumbai', 'India'],
      [109, 'chennai', 'India'],
    ],
  ],
}

/** What the join emits of a window that holds all of these streams. */
function joined(bolt: JoinBolt, names: readonly string[], streams = STREAMS): (readonly unknown[])[] {
  const tuples = names.flatMap((stream) => {
    const [fields, rows] = streams[stream]!
    return rows.map((values) => testTuple(values, { stream, component: `${stream}-spout`, fields }))
  })
  const collector: TestCollector = testCollector({ kind: 'basic-bolt', outputs: bolt.outputs! })
  bolt.execute(new TupleWindow(tuples, tuples, [], 0, undefined), collector as never)
  return collector.values()
}

test('one stream alone is selected from', (t) => {
  const bolt = new JoinBolt('orders', 'orderId', 'stream').select('orderId,userId,itemId,price')
  t.deepEqual(joined(bolt, ['orders']), STREAMS['orders']![1])
})

test('keys and fields may lie within values', (t) => {
  const [, rows] = STREAMS['users']!
  const nested = {
    users: [['outer'], rows.map(([userId, name, city]) => [{ userId, name, city }])] as [string[], unknown[][]],
  }
  const bolt = new JoinBolt('users', 'outer.userId', 'stream').select('outer.name, outer.city')
  t.deepEqual(
    joined(bolt, ['users'], nested),
    rows.map(([, name, city]) => [name, city]),
  )
})

test('a field that several streams have is named with its stream', (t) => {
  const bolt = new JoinBolt('users', 'city', 'stream')
    .join('stores', 'city', 'users')
    .select('userId,name,storeName,users:city,stores:city')
  const rows = joined(bolt, ['users', 'stores'])
  t.is(rows.length, 6)
  for (const row of rows) {
    t.false(row.includes(null))
    t.is(row[3], row[4])
  }
})

test('an inner join has the rows that have a counterpart', (t) => {
  const bolt = new JoinBolt('users', 'userId', 'stream').join('orders', 'userId', 'users').select('userId,name,price')
  t.is(joined(bolt, ['users', 'orders']).length, 9)
})

test('a left join has also those that have none', (t) => {
  const bolt = new JoinBolt('users', 'userId', 'stream')
    .leftJoin('orders', 'userId', 'users')
    .select('userId,name,price')
  const rows = joined(bolt, ['users', 'orders'])
  t.is(rows.length, 12)
  t.deepEqual(
    rows.filter(([, , price]) => price === null).map(([id]) => id),
    [1, 9, 10],
  )
})

test('three streams are joined one after the other', (t) => {
  const select = 'users:city, storeName, country'
  const start = () => new JoinBolt('users', 'city', 'stream')
  const names = ['users', 'stores', 'cities']
  const inner = start().join('stores', 'city', 'users').join('cities', 'cityName', 'stores').select(select)
  t.is(joined(inner, names).length, 6)
  const toStores = start().leftJoin('stores', 'city', 'users').leftJoin('cities', 'cityName', 'stores').select(select)
  t.is(joined(toStores, names).length, 6)
  const toUsers = start().join('stores', 'city', 'users').leftJoin('cities', 'cityName', 'users').select(select)
  t.is(joined(toUsers, names).length, 6)
})

test('inner, left, right and full joins of pairs', (t) => {
  const pairs: typeof STREAMS = {
    left: [
      ['k', 'a'],
      [
        [2, 4],
        [5, 25],
        [7, 49],
      ],
    ],
    right: [
      ['k', 'b'],
      [
        [1, 1],
        [2, 8],
        [5, 125],
        [6, 216],
      ],
    ],
  }
  const inner = [
    [2, 4, 8],
    [5, 25, 125],
  ]
  const [onlyLeft, onlyRight] = [
    [[7, 49, null]],
    [
      [1, null, 1],
      [6, null, 216],
    ],
  ]
  for (const [kind, expected] of [
    ['join', inner],
    ['leftJoin', [...inner, ...onlyLeft]],
    ['rightJoin', [...inner, ...onlyRight]],
    ['fullJoin', [...inner, ...onlyLeft, ...onlyRight]],
  ] as const) {
    const bolt = new JoinBolt('left', 'k', 'stream')[kind]('right', 'k', 'left').select('k, a, b')
    const byKey = (rows: readonly (readonly unknown[])[]) => [...rows].sort(([a], [b]) => Number(a) - Number(b))
    t.deepEqual(byKey(joined(bolt, ['left', 'right'], pairs)), byKey(expected), kind)
  }
})

test('sides are components unless streams are asked for', (t) => {
  const bolt = new JoinBolt('users-spout', 'userId')
    .join('orders-spout', 'userId', 'users-spout')
    .select('name, orders-spout:price')
  t.is(joined(bolt, ['users', 'orders']).length, 9)
})

test('it is a windowed bolt, and says what it emits', (t) => {
  const bolt = new JoinBolt('a', 'k').join('b', 'k', 'a').select('x, b:y').withTumblingWindow(Duration.seconds(1))
  t.deepEqual((bolt.toBolt().outputs as unknown as { names: string[] }).names, ['x', 'b:y'])
  const other = new JoinBolt('a', 'k').select('x').withOutputStream('joined').withWindow(Count.of(2))
  t.deepEqual(Object.keys(other.toBolt().outputs!), ['joined'])
})

test('what does not fit is refused', (t) => {
  const wrong: (() => unknown)[] = [
    () => new JoinBolt('a', 'k').join('b', 'k', 'c'),
    () => new JoinBolt('a', 'k').join('a', 'k', 'a'),
    () => new JoinBolt('a', 'k').select('c:x'),
    () => new JoinBolt('a', 'k').select(' '),
    () => new JoinBolt('a', 'k').withTumblingWindow(Count.of(1)).toBolt(),
    () => new JoinBolt('a', 'k', 'task' as never),
  ]
  for (const make of wrong) t.throws(make, { code: 'BAD_JOIN' })
  t.throws(() => new JoinBolt('a', 'k').select('x').toBolt(), { code: 'BAD_WINDOW' })
})
