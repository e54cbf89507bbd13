/**
 * Two libraries for msgpack side by side, as `wire/msgpack.ts` uses one: how long they take for the messages of a word
 * count and for mixed values, and what they make of bytes that a child should not write. Not a specification: it is
 * run by hand, and its figures stand in docs/decisions/001-dependencies.md.
 *
 *     npm run build && taskset -c 1 node dist/spec/multilang/msgpack-libraries.js
 */
import { decode, encode } from '@msgpack/msgpack'
import { Packr } from 'msgpackr'

const ROUNDS = 15
const CALLS = 20_000

/** `useRecords: false`: what it writes is plain msgpack, and maps are read as objects. */
const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'bigint' })

interface Library {
  readonly name: string
  readonly encode: (value: unknown) => Uint8Array
  readonly decode: (bytes: Uint8Array) => unknown
}

const LIBRARIES: readonly Library[] = [
  { name: '@msgpack/msgpack', encode: (value) => encode(value), decode: (bytes) => decode(bytes) },
  { name: 'msgpackr', encode: (value) => packr.pack(value), decode: (bytes) => packr.unpack(bytes) },
]

const WORD = { id: '-8317243', comp: 'split', stream: 'default', task: 7, tuple: ['cow'] }
const SETTLED = { command: 'ack', id: '-8317243' }
const EMIT = { command: 'emit', stream: 'default', need_task_ids: false, anchors: ['-8317243'], tuple: ['jumped'] }
const MIXED = {
  id: '12',
  comp: 'orders',
  stream: 'default',
  task: 3,
  tuple: [
    'an order of three lines, ä ö ü',
    1_700_000_000_000,
    -12.5,
    true,
    null,
    [1, 2, 3, 500, 70_000],
    { name: 'Ada', tags: ['a', 'b'], lines: [{ sku: 'x-1', count: 2, price: 9.75 }] },
    new Date(1_700_000_000_000),
    new Uint8Array(64),
  ],
}

for (const [what, value] of Object.entries({ WORD, EMIT, SETTLED, MIXED })) {
  const bytes = encode(value)
  const times = new Map<string, number[]>()
  // In turn, so that what else the machine does meets both.
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, encode, decode } of LIBRARIES) {
      note(times, `${name} writes`, () => encode(value))
      note(times, `${name} reads`, () => decode(bytes))
    }
  for (const [name, all] of times) console.log(`${what.padEnd(8)} ${name.padEnd(24)} ${median(all).toFixed(2)} µs`)
}

function note(times: Map<string, number[]>, name: string, call: () => unknown): void {
  const { user, system } = process.cpuUsage()
  for (let n = 0; n < CALLS; n++) call()
  const used = process.cpuUsage()
  const all = times.get(name) ?? []
  all.push((used.user + used.system - user - system) / CALLS)
  times.set(name, all)
}

function median(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[all.length >> 1]!
}

const WRONG: Readonly<Record<string, Uint8Array>> = {
  'the byte 0xc1': Buffer.from([0xc1]),
  'bytes behind the message': Buffer.from([0x80, 0x80]),
  'a map that is cut off': Buffer.from([0x82, 0xa1, 0x61, 1]),
  'a text longer than the message': Buffer.from([0xdb, 0x7f, 0xff, 0xff, 0xff, 0x61]),
  'a list of 2^31 items that are not there': Buffer.from([0xdd, 0x7f, 0xff, 0xff, 0xff, 1]),
  'bytes that are not UTF-8 in a text': Buffer.from([0xa2, 0xff, 0xfe]),
  'the key __proto__': Buffer.concat([
    Buffer.from([0x81, 0xa9]),
    Buffer.from('__proto__'),
    Buffer.from([0x81, 0xa1, 0x61, 1]),
  ]),
  'a number as key': Buffer.from([0x81, 1, 2]),
  'a list as key': Buffer.from([0x81, 0x91, 1, 2]),
  'lists 10,000 deep': Buffer.concat([Buffer.alloc(10_000, 0x91), Buffer.from([0])]),
  'extension 5': Buffer.from([0xd4, 5, 1]),
  'extension 0x74, typed arrays': Buffer.from([0xc7, 3, 0x74, 1, 1, 2]),
  'extension 0x72, a record': Buffer.from([0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1]),
  '2^53 + 1': encode(2n ** 53n + 1n, { useBigInt64: true }),
  '2^64 - 1': encode(2n ** 64n - 1n, { useBigInt64: true }),
}

for (const [what, bytes] of Object.entries(WRONG))
  for (const { name, decode } of LIBRARIES) console.log(`${what}: ${name}: ${outcome(() => decode(bytes))}`)

for (const value of [2 ** 31, 2 ** 40, -(2 ** 40), 2n ** 40n, 2n ** 63n, 2n ** 64n])
  for (const { name, encode } of LIBRARIES)
    console.log(
      `writing ${typeof value} ${value}: ${name}: ${outcome(() => Buffer.from(encode(value)).toString('hex'))}`,
    )

function outcome(call: () => unknown): string {
  try {
    const value = call()
    const kind =
      typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'no prototype') : typeof value
    const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value))
    return `${kind} ${text.slice(0, 60)}`
  } catch (error) {
    return `throws ${String(error).slice(0, 70)}`
  }
}
