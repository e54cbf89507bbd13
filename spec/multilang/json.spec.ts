/** The law: whole messages come out as they were meant, however they were cut and whatever was printed between them. */
import test from 'ava'
import fc from 'fast-check'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { json } from '../../lib/multilang/wire/json.ts'
import { volume } from '../volume.ts'
import { cut, type Decoded, decode, decodeInto, messages, sizes } from './decoding.ts'

const SYNC = '{"command":"sync"}'
const SOURCE = { component: 'spout "1"', stream: 'default', task: 3 }

/** A line without braces that is no `end`. */
const printed = fc
  .string({ unit: fc.constantFrom(...'ab "[]:,é語😀\\\t'), maxLength: 20 })
  .map((text) => `printed ${text}`.trimEnd())

/** One message on the wire: how a child may write it, and what should be made of it. */
const frames = fc
  .record({
    message: messages,
    indent: fc.constantFrom(undefined, 1, '\t'),
    newline: fc.constantFrom('\n', '\r\n'),
    before: fc.array(fc.oneof(printed, fc.constantFrom('', '  ')), { maxLength: 3 }),
    sameLine: fc.option(printed, { nil: undefined }),
    surplusEnds: fc.nat(2),
  })
  .map(({ message, indent, newline, before, sameLine, surplusEnds }) => {
    const head = before.map((line) => `${line}\n`).join('') + (sameLine === undefined ? '' : `${sameLine} `)
    const text = `${head}${JSON.stringify(message, null, indent)}\nend\n${'end\n'.repeat(surplusEnds)}`
    const stray = [...before, sameLine ?? ''].map((line) => line.trimEnd()).filter((line) => line.trim() !== '')
    return { bytes: Buffer.from(text.replaceAll('\n', newline)), message, stray }
  })

test('any messages, with whatever is printed before them, come out of any chunks', (t) => {
  fc.assert(
    fc.property(fc.array(frames, { maxLength: 6 }), sizes, (all, where) => {
      const pieces = cut(Buffer.concat(all.map(({ bytes }) => bytes)), where)
      const expected: Decoded = {
        messages: all.map(({ message }) => message),
        stray: all.flatMap(({ stray }) => stray),
      }
      t.deepEqual(decode(json, pieces), expected)
    }),
    { numRuns: volume(300, 1000) },
  )
})

/** Frames of whole messages, pieces of them in each other's places, and what stands between messages in a list. */
const pieces = fc.array(fc.tuple(messages, fc.nat(60), fc.nat(60)), { minLength: 1, maxLength: 6 }).chain((all) => {
  const whole = all.map(([message]) => JSON.stringify({ command: 'emit', ...message }).replaceAll('\n', ' '))
  const cuts = all.flatMap(([, from, to], index) => [whole[index]!.slice(from), whole[index]!.slice(0, to)])
  const glue = ['[1', '2]', '"', ',', '1,2', '{"a":[1', '1]}', '{"a":{"b":1', '1}}', '{}],[{}', '{},{}', '\\']
  return fc.array(fc.constantFrom(...whole, ...whole, ...cuts, ...glue), { maxLength: 8 })
})

test('each frame is read by itself: however frames are cut and mixed, what comes of one does not depend on the others', (t) => {
  const alone = (frame: string): Decoded | undefined => {
    try {
      return decode(json, [`${frame}\nend\n`])
    } catch {
      return undefined
    }
  }
  fc.assert(
    fc.property(pieces, (frames) => {
      const each = frames.map(alone)
      const broken = each.indexOf(undefined)
      const sound = broken < 0 ? each : each.slice(0, broken)
      const decoded: Decoded = { messages: [], stray: [] }
      const decoder = decodeInto(json, decoded)
      const push = (): void => decoder.push(Buffer.from(frames.map((frame) => `${frame}\nend\n`).join('')))
      if (broken < 0) push()
      else t.throws(push, { code: 'CHILD_PROTOCOL' })
      t.deepEqual(
        decoded.messages,
        sound.flatMap((one) => one!.messages),
      )
      t.deepEqual(
        decoded.stray,
        sound.flatMap((one) => one!.stray),
      )
    }),
    { numRuns: volume(600, 3000) },
  )
})

test('two halves of a message in frames of their own are two errors, and no message', (t) => {
  for (const frames of [
    ['{"command":"emit","tuple":[1', '2]}'],
    ['{"command":"emit","tuple":["a"', '"b"],"anchors":["1"]}'],
    ['{"command":"emit"', '"tuple":["a"]}'],
  ]) {
    const text = [SYNC, ...frames, SYNC].map((frame) => `${frame}\nend\n`).join('')
    const decoded: Decoded = { messages: [], stray: [] }
    t.throws(() => decodeInto(json, decoded).push(Buffer.from(text)), { code: 'CHILD_PROTOCOL' })
    t.deepEqual(decoded.messages, [{ command: 'sync' }])
  }
})

test('a megabyte of surplus "end" lines, or of blank ones, costs no more than reading it', (t) => {
  for (const line of ['end\n', '\nend\n', ' \n', 'end\r\n']) {
    const text = line.repeat(2_000_000 / line.length)
    t.deepEqual(decode(json, [text, `\n${SYNC}\nend\n`], 1 << 24), { messages: [{ command: 'sync' }], stray: [] })
  }
})

test('a message in a hundred thousand pieces is put together once', (t) => {
  const text = `${JSON.stringify({ command: 'log', msg: 'x'.repeat(200_000) })}\nend\n`
  const pieces = Array.from({ length: text.length / 2 + 1 }, (_, index) => text.slice(2 * index, 2 * index + 2))
  t.is(decode(json, pieces).messages.length, 1)
})

test('a message comes out as soon as its end has come, and not before', (t) => {
  const decoded: Decoded = { messages: [], stray: [] }
  const decoder = decodeInto(json, decoded)
  decoder.push(Buffer.from(`${SYNC}\nend`))
  t.is(decoded.messages.length, 0)
  decoder.push(Buffer.from(`\n${SYNC}\nen`))
  t.is(decoded.messages.length, 1)
  decoder.push(Buffer.from('d\n'))
  t.is(decoded.messages.length, 2)
})

test('an "end" at the very beginning, and one after another, is passed over', (t) => {
  for (const pieces of [['end\n', `${SYNC}\nend\n`], [`end\r\n${SYNC}\nend\n`], ['e', 'nd\nend\n', `${SYNC}\nend\n`]])
    t.deepEqual(decode(json, pieces), { messages: [{ command: 'sync' }], stray: [] })
})

test('a line "end" within a text is none', (t) => {
  const message = { command: 'log', msg: '\nend\n' }
  t.deepEqual(decode(json, [json.encode(message)]).messages, [message])
})

test('the last message counts though its last line is not ended', (t) => {
  for (const last of ['\nend', '\nend\r', '\r\nend'])
    t.deepEqual(decode(json, [SYNC + last]), { messages: [{ command: 'sync' }], stray: [] })
})

test('what is left without an end is stray text, not a message', (t) => {
  t.deepEqual(decode(json, [`${SYNC}\nend\nbye\r\n`, 'for ever']), {
    messages: [{ command: 'sync' }],
    stray: ['bye', 'for ever'],
  })
  t.deepEqual(decode(json, [SYNC]), { messages: [], stray: [SYNC] })
})

test('printed braces do not hide the message behind them', (t) => {
  t.deepEqual(decode(json, [`{'a': {}} {x} ${SYNC}\nend\n`, `{oops\n{\n${SYNC}\nend\n`]), {
    messages: [{ command: 'sync' }, { command: 'sync' }],
    stray: ["{'a': {}} {x}", '{oops', '{'],
  })
})

const BROKEN: Readonly<Record<string, { readonly bytes: string | Uint8Array; readonly says: RegExp }>> = {
  'a bare word': { bytes: 'restart me\nend\n', says: /"restart me"/ },
  'badly escaped JSON': {
    bytes: '{"command":"error","msg":"a "b" c"}\nend\n',
    says: /\\"a \\"b\\" c\\"/,
  },
  'a message that the next one cuts short': {
    bytes: '{"command":"emit","anchors":["1"],"tuple":["x"{"command":"ack","id":"1"}\nend\n',
    says: /emit/,
  },
  'a message without its end': {
    bytes: '{"tuple":["x"],"anchors":["1"],"command":"emit"}\n{"command":"ack","id":"1"}\nend\n',
    says: /emit/,
  },
  'a list that is nested without end': { bytes: `${'['.repeat(1e5)}${']'.repeat(1e5)}\nend\n`, says: /nested deeper/ },
  'a number': { bytes: '5\nend\n', says: /"5"/ },
  null: { bytes: 'null\nend\n', says: /"null"/ },
  'a list': { bytes: '["emit"]\nend\n', says: /\[\\"emit\\"\]/ },
  'text behind the message': { bytes: `${SYNC}\nbye\nend\n`, says: /bye/ },
  'invalid UTF-8': {
    bytes: Buffer.from('{"command":"log","msg":"\xff"}\nend\n', 'latin1'),
    says: /log/,
  },
  'a UTF-8 letter that is cut short': {
    bytes: Buffer.from('{"msg":"\xe4\xbd"}\nend\n', 'latin1'),
    says: /msg/,
  },
}

for (const [what, { bytes, says }] of Object.entries(BROKEN)) {
  test(`${what} is an error that shows it; what came before still counts`, (t) => {
    const decoded: Decoded = { messages: [], stray: [] }
    const decoder = decodeInto(json, decoded)
    const chunk = Buffer.concat([Buffer.from(`${SYNC}\nend\n`), Buffer.from(bytes)])
    const error = t.throws(() => decoder.push(chunk), { instanceOf: TyphoonError })
    t.is(error.code, 'CHILD_PROTOCOL')
    t.regex(error.message, says)
    t.deepEqual(decoded.messages, [{ command: 'sync' }])
  })
}

test('whole numbers beyond 2^53 come with every digit and go with every digit, as ids and as values at any depth', (t) => {
  const values = '["9007199254740993",9007199254740993,{"a":[-123456789012345678901234567890,0.5,1e+300]}]'
  for (const id of ['9007199254740993', '-8301034833169298432', '9007199254740991', '1.5', '"9007199254740993"']) {
    const text = `{"command":"emit","id":${id},"tuple":${values}}\nend\n`
    for (const input of [text, `printed ${text}`]) {
      const { messages } = decode(json, [input])
      t.is(String(json.encode(messages[0]!)), text)
    }
  }
  const sent = String(
    json.encodeTuple('1', { component: 'c', stream: 's', task: 1 }, [1n, [2n ** 70n], new Date(0), 'x']),
  )
  t.true(sent.includes('[1,[1180591620717411303424],"1970-01-01T00:00:00.000Z","x"]'), sent)
})

test('a message of lists within lists within lists is refused before anybody runs out of stack', (t) => {
  for (const depth of [101, 10_000, 1_000_000]) {
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`
    const error = t.throws(() => decode(json, [`{"command":"emit","tuple":${deep}}\nend\n`]), {
      instanceOf: TyphoonError,
    })
    t.is(error.code, 'CHILD_PROTOCOL')
  }
})

test('an error shows no more than the beginning of a long text', (t) => {
  const error = t.throws(() => decode(json, [`${'x'.repeat(100_000)}\nend\n`]))!
  t.true(error.message.length < 1000)
})

test('a message up to the limit passes; one over it is an error, with its end or without', (t) => {
  const message = (size: number): string => `{"msg":"${'x'.repeat(size - 10)}"}`
  t.is(decode(json, [`${message(100)}\nend\n`], 100).messages.length, 1)
  t.is(decode(json, [`${message(100)}\nend\n`.repeat(20)], 100).messages.length, 20)
  for (const pieces of [[`${message(101)}\nend\n`], [message(106)], cut(Buffer.from(message(120)), [30, 30, 30])]) {
    const error = t.throws(() => decode(json, pieces, 100), { instanceOf: TyphoonError })
    t.is(error.code, 'CHILD_PROTOCOL')
  }
})

test('whatever is sent is exactly one line of compact JSON, a newline, "end" and a newline', (t) => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ noUnicodeString: false })), fc.integer({ min: 1 }), (values, id) => {
      const frame = String(json.encodeTuple(String(id), SOURCE, values))
      const lines = frame.split('\n')
      t.deepEqual(lines.slice(1), ['end', ''])
      const { component, stream, task } = SOURCE
      t.is(lines[0], JSON.stringify({ id: String(id), comp: component, stream, task, tuple: values }))
    }),
  )
  t.is(json.encode({ command: 'next', id: '' }), '{"command":"next","id":""}\nend\n')
  t.is(json.encode([4, 5]), '[4,5]\nend\n')
})

test('a heartbeat has its component, which is null', (t) => {
  const frame = json.encode({ id: '-3', comp: null, stream: '__heartbeat', task: -1, tuple: [] })
  t.is(frame, '{"id":"-3","comp":null,"stream":"__heartbeat","task":-1,"tuple":[]}\nend\n')
})
