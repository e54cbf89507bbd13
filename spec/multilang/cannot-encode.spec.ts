/** Values that no other language can get: refused, by name and place, by either serializer. */
import test from 'ava'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { json } from '../../lib/multilang/wire/json.ts'
import { msgpack } from '../../lib/multilang/wire/msgpack.ts'
import { serializerOf } from '../../lib/multilang/wire/serializers.ts'

const SOURCE = { component: 'spout', stream: 'default', task: 3 }

const circle: { self?: unknown } = {}
circle.self = [circle]
const deep = Array.from({ length: 5000 }).reduce<unknown>((inner) => [inner], 1)
class Point {
  x = 1
}

class Gives {
  readonly #what: unknown

  constructor(what: unknown) {
    this.#what = what
  }

  toJSON(): unknown {
    return this.#what
  }
}

const REFUSED: Readonly<Record<string, { readonly value: unknown; readonly path: string }>> = {
  'a Map': { value: [new Map()], path: 'value 1[0]' },
  'a Set': { value: new Set(), path: 'value 1' },
  'a function': { value: () => 1, path: 'value 1' },
  'a symbol': { value: [Symbol('x')], path: 'value 1[0]' },
  'an object of a class': { value: new Point(), path: 'value 1' },
  NaN: { value: Number.NaN, path: 'value 1' },
  'an infinity': { value: { x: [Number.NEGATIVE_INFINITY] }, path: 'value 1.x[0]' },
  'an invalid date': { value: [new Date(Number.NaN)], path: 'value 1[0]' },
  'a toJSON that gives NaN': {
    value: { at: new Gives(Number.NaN) },
    path: 'value 1.at.toJSON()',
  },
  'a value that contains itself': { value: circle, path: 'value 1' },
  'a value that is nested too deep': { value: deep, path: 'value 1' },
}

for (const serializer of [json, msgpack]) {
  for (const [what, { value, path }] of Object.entries(REFUSED)) {
    test(`${what} cannot be encoded in ${serializer.name}, and the error says where it is`, (t) => {
      const error = t.throws(() => serializer.encodeTuple('1', SOURCE, ['fine', value]), { instanceOf: TyphoonError })
      t.is(error.code, 'CANNOT_ENCODE')
      t.is(error.where.path, path)
    })
  }
}

test('bytes can be encoded in msgpack alone', (t) => {
  t.notThrows(() => msgpack.encodeTuple('1', SOURCE, [new Uint8Array([1])]))
  t.like(
    t.throws(() => json.encodeTuple('1', SOURCE, [new Uint8Array([1])])),
    { code: 'CANNOT_ENCODE', where: { path: 'value 0' } },
  )
})

test('serializers are found by our names and by those of the Java classes', (t) => {
  t.is(serializerOf('json'), json)
  t.is(serializerOf('org.apache.storm.multilang.JsonSerializer'), json)
  t.is(serializerOf('backtype.storm.multilang.JsonSerializer'), json)
  t.is(serializerOf('msgpack'), msgpack)
  t.is(serializerOf('com.yelp.pyleus.serializer.MessagePackSerializer'), msgpack)
})

test('a serializer that does not exist is an error which names those that do', (t) => {
  for (const name of ['jsn', 'toString', '']) {
    const error = t.throws(() => serializerOf(name), { instanceOf: TyphoonError })
    t.is(error.code, 'BAD_CONFIG')
    t.true(error.message.includes(`"${name}"`))
  }
  t.regex((t.throws(() => serializerOf('jsn')) as TyphoonError).hint!, /json/)
})

for (const serializer of [json, msgpack]) {
  test(`${serializer.name}: a child gets of an instance what another worker gets, and of undefined null`, (t) => {
    const values = [new Gives({ at: [1] }), new URL('http://a/'), [undefined, -0.5], 'a']
    const frame = serializer.encodeTuple('1', SOURCE, values)
    const same = serializer.encodeTuple('1', SOURCE, [{ at: [1] }, 'http://a/', [null, -0.5], 'a'])
    t.deepEqual(frame, same)
  })
}

test('a text with half a surrogate pair can be encoded in JSON alone', (t) => {
  t.notThrows(() => json.encodeTuple('1', SOURCE, ['\ud800']))
  t.throws(() => msgpack.encodeTuple('1', SOURCE, ['\ud800']), { code: 'CANNOT_ENCODE' })
})

test('a whole number of more than 64 bits can be encoded in JSON alone', (t) => {
  const values = [{ total: 2n ** 64n }]
  t.notThrows(() => json.encodeTuple('1', SOURCE, values))
  t.like(
    t.throws(() => msgpack.encodeTuple('1', SOURCE, values)),
    { code: 'CANNOT_ENCODE', where: { path: 'value 0.total' } },
  )
})
