/** The law: messages stand back to back, and come out whole, wherever the bytes are cut. */
import { isDeepStrictEqual } from 'node:util'
import { encode } from '@msgpack/msgpack'
import test from 'ava'
import fc from 'fast-check'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { msgpack } from '../../lib/multilang/wire/msgpack.ts'
import { volume } from '../volume.ts'
import { cut, type Decoded, decode, decodeInto, messages, sizes } from './decoding.ts'

const bytesOf = (message: unknown): Uint8Array => encode(message)
const SYNC = bytesOf({ command: 'sync' })

/** The decoder refuses a key that would change what every object has. */
const safe = messages.filter((message) => !JSON.stringify(message).includes('"__proto__"'))

test('a map with the key __proto__ is refused', (t) => {
  const error = t.throws(() => decode(msgpack, [bytesOf(JSON.parse('{"command":"emit","tuple":[{"__proto__":1}]}'))]))
  t.is((error as TyphoonError).code, 'CHILD_PROTOCOL')
})

test('any messages come out of any chunks', (t) => {
  fc.assert(
    fc.property(fc.array(safe, { maxLength: 6 }), sizes, (all, where) => {
      const pieces = cut(Buffer.concat(all.map(bytesOf)), where)
      t.deepEqual(decode(msgpack, pieces), { messages: all, stray: [] })
    }),
    { numRuns: volume(300, 1000) },
  )
})

/** The lengths at which msgpack writes another first byte. */
const LENGTHS = [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536]

test('texts, bytes, lists and maps of every encoding end where they end', (t) => {
  for (const length of LENGTHS) {
    const items = Array.from({ length }, (_, index) => index)
    const values = [
      'x'.repeat(length),
      new Uint8Array(length),
      items,
      Object.fromEntries(items.map((item) => [`k${item}`, item])),
    ]
    for (const value of values) {
      const bytes = Buffer.concat([bytesOf({ value }), SYNC])
      const found = decode(msgpack, cut(bytes, [1, 1, 5, 1, 1, 1]), 1 << 22).messages
      t.is(found.length, 2)
      t.true(isDeepStrictEqual(bytesOf(found[0]!['value']), bytesOf(value)))
    }
  }
})

test('numbers, dates and extensions of every size end where they end', (t) => {
  const numbers = [0, -1, 127, 128, 255, 256, 65_536, 2 ** 32, 2 ** 40, -33, -129, -40_000, -(2 ** 31), 1.5]
  const dates = [new Date(0), new Date(1.5), new Date(2 ** 43)]
  const found = decode(msgpack, cut(bytesOf({ numbers, dates, none: [null, true, false] }), [3, 1, 1, 1, 1, 1, 1]))
  t.deepEqual(found.messages, [{ numbers, dates, none: [null, true, false] }] as unknown[] as typeof found.messages)
  for (const data of [1, 2, 4, 8, 16, 3, 300, 70_000].map((length) => new Uint8Array(length))) {
    const extension = extensionOf(data)
    const bytes = Buffer.concat([Buffer.from([0x81, 0xa1, 0x78]), extension, SYNC])
    t.is(decode(msgpack, cut(bytes, [4, 1, 1, 1])).messages.length, 2, `an extension of ${data.length} bytes`)
  }
})

/** Type 5, which nobody knows. */
function extensionOf(data: Uint8Array): Uint8Array {
  const fixed = [1, 2, 4, 8, 16].indexOf(data.length)
  if (fixed >= 0) return Buffer.concat([Buffer.from([0xd4 + fixed, 5]), data])
  const head = Buffer.alloc(data.length < 256 ? 3 : data.length < 65_536 ? 4 : 6)
  head[0] = data.length < 256 ? 0xc7 : data.length < 65_536 ? 0xc8 : 0xc9
  head.writeUIntBE(data.length, 1, head.length - 2)
  head[head.length - 1] = 5
  return Buffer.concat([head, data])
}

test('what is sent comes back as it was', (t) => {
  const decoded: Decoded = { messages: [], stray: [] }
  const decoder = decodeInto(msgpack, decoded)
  const source = { component: 'words', stream: 'default', task: 7 }
  decoder.push(msgpack.encodeTuple('12', source, ['é', 1.5, null, [true], { a: new Date(0) }]) as Uint8Array)
  decoder.push(msgpack.encode({ id: '-1', comp: null, stream: '__heartbeat', task: -1, tuple: [] }) as Uint8Array)
  t.deepEqual(decoded.messages, [
    { id: '12', comp: 'words', stream: 'default', task: 7, tuple: ['é', 1.5, null, [true], { a: new Date(0) }] },
    { id: '-1', comp: null, stream: '__heartbeat', task: -1, tuple: [] },
  ] as unknown[] as typeof decoded.messages)
})

test('a message id beyond 2^53 comes back with every digit', (t) => {
  const bytes = encode({ command: 'emit', tuple: [1], id: 9007199254740993n }, { useBigInt64: true })
  const [emit] = decode(msgpack, [bytes]).messages
  t.deepEqual(emit, { command: 'emit', tuple: [1], id: 9007199254740993n })
  const ack = msgpack.encode({ command: 'ack', id: emit!['id'] }) as Uint8Array
  t.deepEqual(decode(msgpack, [ack]).messages, [{ command: 'ack', id: 9007199254740993n }])
})

test('whole numbers of 64 bits keep their digits, as values at any depth; small ones stay numbers, however they are written', (t) => {
  const source = { component: 'c', stream: 's', task: 1 }
  const tuple = [2n ** 64n - 1n, -(2n ** 63n), { a: [2 ** 40, 0.5, 1, 'x', new Date(7)] }, 2 ** 60]
  const bytes = msgpack.encodeTuple('1', source, tuple) as Uint8Array
  t.deepEqual(decode(msgpack, [bytes]).messages[0]!['tuple'], tuple)
})

test('half a message at the end is stray', (t) => {
  t.deepEqual(decode(msgpack, [SYNC, SYNC.subarray(0, 5)]), {
    messages: [{ command: 'sync' }],
    stray: ['5 bytes of a message that did not end'],
  })
})

const nested = Buffer.concat([Buffer.from([0x81, 0xa1, 0x78]), Buffer.alloc(200, 0x91), Buffer.from([0])])
const BROKEN: Readonly<Record<string, { readonly bytes: Uint8Array; readonly says: RegExp }>> = {
  'printed text': { bytes: Buffer.from('hello\n'), says: /"h/ },
  'a list of texts': { bytes: bytesOf(['a']), says: /a/ },
  'a byte that means nothing': { bytes: Buffer.from([0xc1]), says: /193|c1|"/ },
  'a message that is nested without end': { bytes: nested, says: /nested deeper .*64/ },
}

for (const [what, { bytes, says }] of Object.entries(BROKEN)) {
  test(`${what} is an error that shows it; what came before still counts`, (t) => {
    const decoded: Decoded = { messages: [], stray: [] }
    const decoder = decodeInto(msgpack, decoded)
    const error = t.throws(() => decoder.push(Buffer.concat([SYNC, bytes])), { instanceOf: TyphoonError })
    t.is(error.code, 'CHILD_PROTOCOL')
    t.regex(error.message, says)
    t.deepEqual(decoded.messages, [{ command: 'sync' }])
  })
}

test('a message up to the limit passes; one over it is an error, before all of it has come', (t) => {
  const message = bytesOf({ msg: 'x'.repeat(200) })
  t.is(decode(msgpack, [message, message], message.length).messages.length, 2)
  for (const pieces of [[message], cut(message, [50, 150, 2])]) {
    const error = t.throws(() => decode(msgpack, pieces, message.length - 1), { instanceOf: TyphoonError })
    t.is(error.code, 'CHILD_PROTOCOL')
  }
})
