/**
 * The JavaScript library where the contract of multilang does not look: what becomes of printed text and of broken
 * input, concurrency, groups, replays, slow sources, the ends of a process, runs by hand. Real processes of node.
 */
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { END, type Ended, emitsOf, setup, TICK, told, tuple } from './child.ts'
import { everyLibrary, jsonAlone } from './every-library.ts'
import { JAVASCRIPT, start, tryReadme } from './library-child.ts'

const node = (t: ExecutionContext, text: string, env?: Record<string, string>) =>
  start(t, JAVASCRIPT, `const storm = require('storm')\n${text}`, env)

const next = { command: 'next', id: '' }
const acked = (id: unknown) => ({ command: 'ack', id })
const failed = (id: unknown) => ({ command: 'fail', id })
const tuples = (count: number) => Array.from({ length: count }, (_, index) => tuple(index + 1, index + 1))
const reasons = ({ messages }: Ended) => messages.flatMap(({ command, msg }) => (command === 'error' ? [msg] : []))

const ECHO = 'storm.bolt((tuple, { emit }) => emit(tuple.values)).run()'

test('what is printed becomes log messages of their level, and never gets into the frames', async (t) => {
  const child = node(
    t,
    `storm.bolt(() => {
      console.log('two\\nlines %d', 2)
      console.debug('debugged')
      console.warn({ a: 1 })
      console.error('bad')
      process.stdout.write('a lin')
      process.stdout.write(Buffer.from('e\\nrest'))
      process.stderr.write('complained')
    }).run()`,
  )
  const ended = await child.send(setup(), tuple(1)).end()
  t.deepEqual(
    ended.messages.map(({ command, msg, level }) => [command, msg, level]),
    [
      ['log', 'two\nlines 2', 2],
      ['log', 'debugged', 1],
      ['log', '{ a: 1 }', 3],
      ['log', 'bad', 4],
      ['log', 'a line', 2],
      ['ack', undefined, undefined],
      ['log', 'rest', 2],
    ],
  )
  t.is(ended.stderr, 'complained')
})

test('blank lines, \\r\\n, empty messages, pretty JSON and messages that are cut anywhere are understood', async (t) => {
  const child = node(t, ECHO)
  const pretty = JSON.stringify(tuple(1, 'ünï', '😀'), null, 2)
  const text = `end\n${JSON.stringify(setup())}\r\nend\r\n\r\n\nend\n${pretty}\nend\nend\n\n`
  for (const byte of Buffer.from(text)) child.process.stdin.write(Buffer.from([byte]))
  const ended = await child.send(tuple(2, 'end\n'), tuple(3, '\nend\n')).end()
  t.deepEqual(emitsOf(ended), [['ünï', '😀'], ['end\n'], ['\nend\n']])
  t.is(ended.code, 0)
})

test('a message of many megabytes arrives whole', async (t) => {
  const word = 'é'.repeat(4_000_000)
  const ended = await node(t, 'storm.bolt((tuple, { emit }) => emit([tuple.values[0].length])).run()')
    .send(setup(), tuple(1, word))
    .end()
  t.deepEqual(emitsOf(ended), [[4_000_000]])
})

test('what is no message is left out, what is no JSON is reported, and the bolt goes on', async (t) => {
  const child = node(t, ECHO).send(setup(), setup(), 'text')
  child.process.stdin.write('{broken\nend\n')
  const ended = await child.send([7], tuple(1, 'a')).end()
  t.deepEqual(emitsOf(ended), [['a']])
  t.deepEqual(ended.messages.map(({ command }) => command).sort(), ['ack', 'emit', 'error', 'log', 'log'])
  t.regex(reasons(ended)[0], /\{broken/)
})

test('two halves of a message in frames of their own are two errors and no tuple', async (t) => {
  const child = node(t, ECHO)
  await child.send(setup()).says('pid')
  child.process.stdin.write('{"id":"1","comp":"s","stream":"default","task":1,"tuple":["a"\nend\n"b"]}\nend\n')
  const ended = await child.send(tuple(2, 'c')).end()
  t.deepEqual(emitsOf(ended), [['c']])
  t.is(ended.messages.filter(({ command }) => command === 'error').length, 2)
})

test('values that cannot be sent fail the tuple and say why', async (t) => {
  const child = node(
    t,
    `const VALUES = { thrower: [{ toJSON() { throw new Error('on purpose') } }], text: 'abc', circle: [] }
    VALUES.circle.push(VALUES.circle)
    storm.bolt((tuple, { emit }) => emit(VALUES[tuple.field('word')])).run()`,
  )
  const ended = await child.send(setup(), ...['thrower', 'text', 'circle'].map((word, i) => tuple(i, word))).end()
  t.deepEqual(
    ended.messages.map(({ command }) => command),
    ['error', 'fail', 'error', 'fail', 'error', 'fail'],
  )
  t.regex(reasons(ended).join('\n'), /on purpose[\s\S]*a tuple is an array of values, not "abc"[\s\S]*circular/)
})

test('whole numbers of any length keep their digits, as values and as message ids; so do texts that look like them', async (t) => {
  const values = '[9007199254740993,"9007199254740993",{"a\\"1":[-123456789012345678901234567890,1.5]}]'
  const child = node(t, 'storm.bolt((tuple, { emit }) => emit([tuple.values[0] + 1n, ...tuple.values])).run()')
  child.send(setup())
  child.process.stdin.write(`{"id":"1","comp":"s","stream":"default","task":1,"tuple":${values}}\nend\n`)
  await child.end()
  t.true(child.stdout.includes(`[9007199254740994,${values.slice(1)}`), child.stdout)

  const spout = node(t, "storm.spout(function* () { yield { tuple: ['a'], id: 9007199254740993n } }).run()")
  await spout.send(setup(), next).end()
  t.regex(spout.stdout, /"id":9007199254740993\b/)
})

test('a value is had by the name of its field, and a wrong name is answered with the right ones', async (t) => {
  const child = node(
    t,
    `storm.bolt((tuple, { emit }) => {
      emit([tuple.field('n'), tuple.toObject()])
      tuple.field('wrod')
    }).run()`,
  )
  const ended = await child.send(setup(), tuple(1, 'be', 2)).end()
  t.deepEqual(emitsOf(ended), [[2, { word: 'be', n: 2 }]])
  t.regex(reasons(ended)[0], /no field 'wrod': stream 'default' of 's' has word, n\n[\s\S]*component\.js/)
})

/** Waits as many turns as the first value says before it emits it. */
const SLOW = `const { setImmediate: turn } = require('node:timers/promises')
const slow = async (tuple, { emit }) => {
  for (let turns = tuple.values[0]; turns > 0; turns--) await turn()
  emit(tuple.values)
}
`
const THREE = [tuple(1, 9), tuple(2, 3), tuple(3, 0)]

test('tuples are processed one after the other, and the next one waits for a promise', async (t) => {
  const ended = await node(t, `${SLOW}storm.bolt(slow).run()`)
    .send(setup(), ...THREE)
    .end()
  t.deepEqual(told(ended), ['emit [9]', 'ack "1"', 'emit [3]', 'ack "2"', 'emit [0]', 'ack "3"'])
})

test('with a concurrency so many are processed at a time, and a tick comes after those before it', async (t) => {
  const child = node(t, `${SLOW}storm.bolt(slow, { concurrency: 3, tick: ({ emit }) => emit(['tick']) }).run()`)
  const ended = await child.send(setup(), ...THREE, TICK).end()
  t.deepEqual(emitsOf(ended), [[0], [3], [9], ['tick']])
})

test('a bolt that is slower than its input holds it back, answers heartbeats meanwhile and loses nothing', async (t) => {
  const child = node(
    t,
    `let open, seen = 0
    const gate = new Promise((resolve) => { open = resolve })
    process.on('SIGUSR2', () => open())
    const waiting = () => (process.stdin.isPaused() ? process.stderr.write('held') : setImmediate(waiting))
    storm.bolt(async () => {
      if (seen++ === 0) waiting()
      await gate
    }).run()`,
  )
  child.send(setup(), { ...END, stream: '__heartbeat' }, ...tuples(20_000))
  await child.says('sync')
  while (!child.stderr.includes('held')) await once(child.process.stderr, 'data')
  child.process.kill('SIGUSR2')
  const ended = await child.end()
  t.is(ended.messages.filter(({ command }) => command === 'ack').length, 20_000)
})

test('a bolt whose input is held back gets the task ids it waits for', async (t) => {
  const child = node(
    t,
    `storm.bolt(async (tuple, { emit }) => {
      await new Promise(setImmediate)
      emit([await emit(tuple.values, { needTaskIds: true }), await emit([0], { task: 4, needTaskIds: true })])
    }).run()`,
  )
  const all = tuples(3000)
  const ended = await child.send(setup(), ...all, ...all.map((_, index) => [index + 10])).end()
  const ids = emitsOf(ended).filter(([first]) => Array.isArray(first))
  t.is(ids.length, 3000)
  t.deepEqual(ids.at(-1), [[3009], [4]])
})

test('an emit after the ack of its tuple ends the process with its reason, for the tuple would be lost', async (t) => {
  const child = node(t, 'storm.bolt((tuple, { emit }) => void setImmediate(() => emit([1]))).run()').send(
    setup(),
    tuple(1),
  )
  const [code] = await once(child.process, 'close')
  t.is(code, 1)
  t.regex(child.stdout, /"command":"ack"[\s\S]*"command":"error"[\s\S]*emitted after the tuple was acked or failed/)
})

test('a tuple is acked or failed once, whatever a bolt does with it', async (t) => {
  const child = node(
    t,
    `class B extends storm.RichBolt {
      async process(tuple, { ack, fail }) {
        if (tuple.values[0] === 'ack first') ack(tuple)
        ack(tuple)
        fail(tuple, new Error('late'))
        throw new Error('after it')
      }
    }
    new B().run()`,
  )
  const ended = await child.send(setup(), tuple(1, 'ack first')).end()
  t.deepEqual(
    ended.messages.map(({ command }) => command),
    ['ack', 'error', 'error'],
  )
})

const GROUPS = `class B extends storm.BatchingBolt {
  groupSize = 2
  async processGroup(group, { emit }) {
    emit(group.map((tuple) => tuple.values[0]))
    await null
    if (group.at(-1).values[0] === 0) throw new Error('zero')
  }
}
new B().run()`

test('a group whose promise rejects fails as a whole', async (t) => {
  const ended = await node(t, GROUPS).send(setup(), tuple(1, 'a'), tuple(2, 0), tuple(3, 'b'), tuple(4, 'c')).end()
  const rest = told(ended).filter((line) => !line.startsWith('error'))
  t.deepEqual(rest, ['emit ["a",0]', 'fail "1"', 'fail "2"', 'emit ["b","c"]', 'ack "3"', 'ack "4"'])
})

const NUMBERS = `storm.spout(function* () {
  yield [1]
  yield undefined
  yield { tuple: [2], stream: 'even', id: 'two' }
}, { maxAttempts: 2, replayDelayMs: 0 }).run()`

test('replays wait for their delay, and a spout with one to come is not exhausted', async (t) => {
  const child = node(t, `storm.spout(function* () { yield { tuple: [1], id: 7 } }, { replayDelayMs: 1e7 }).run()`)
  const ended = await child.send(setup(), next, failed(7), next, next).end()
  t.deepEqual(told(ended), ['emit [1]', ...Array(4).fill('sync null')])
})

test('Storm is not told what it does not know', async (t) => {
  const spout = await node(t, NUMBERS).send(setup({}), next, next, next, next).end()
  t.false(told(spout).includes('exhausted null'))
  const bolt = node(t, GROUPS).send(setup({}))
  await bolt.end()
  t.deepEqual(Object.keys(JSON.parse(bolt.stdout.split('\n')[0]!)), ['pid'])
})

test('a source that is slow does not hold up the acks, and what it yields at last is emitted', async (t) => {
  const child = node(
    t,
    `let come
    const slow = new Promise((resolve) => { come = resolve })
    storm.spout(async function* () {
      yield { tuple: ['fast'], id: 1 }
      yield await slow
    }, { acked: () => come(['slow']) }).run()`,
  )
  const ended = await child.send(setup(), next, next, acked(1), next, next).end()
  t.deepEqual(told(ended), [
    'emit ["fast"]',
    'sync null',
    'sync null',
    'sync null',
    'emit ["slow"]',
    'sync null',
    'exhausted null',
    'sync null',
  ])
})

test('a source that throws is reported and begun anew', async (t) => {
  const child = node(
    t,
    `let at = 0
    storm.spout(async function* () {
      while (at++ < 3) {
        if (at === 2) throw new Error('lost the connection')
        yield [at]
      }
    }).run()`,
  )
  const ended = await child.send(setup(), next, next, next, next).end()
  const commands = ended.messages.map(({ command }) => command)
  t.deepEqual(commands, ['emit', 'sync', 'error', 'sync', 'emit', 'sync', 'exhausted', 'sync'])
})

test('an error of initialize, thrown or rejected, is reported and ends the process with 1', async (t) => {
  for (const initialize of [
    '() => { throw new Error("no such database") }',
    'async () => { throw new Error("no such database") }',
  ]) {
    const child = node(t, `storm.bolt(() => {}, { initialize: ${initialize} }).run()`).send(setup(), tuple(1))
    const [code] = await once(child.process, 'close')
    t.deepEqual([code, child.stderr], [1, ''])
    t.regex(child.stdout, /"command":"error","msg":"Error: no such database/)
    t.notRegex(child.stdout, /ack/)
  }
})

test('the end of the input ends the process, also one with open handles or one that waits for task ids', async (t) => {
  for (const work of ['setInterval(() => {}, 1000)', 'return emit([1], { needTaskIds: true })']) {
    const child = node(t, `storm.bolt(async (tuple, { emit }) => { ${work} }).run()`)
    const { code, stderr, messages } = await child.send(setup(), tuple(1, 'a')).end()
    t.deepEqual([code, stderr, messages.length], [0, '', 1], work)
  }
})

const PROGRAMS = { echo: ECHO, groups: GROUPS, numbers: NUMBERS }
everyLibrary(test, node, PROGRAMS)
jsonAlone(test, node, PROGRAMS, 'storm.js')

test('the README shows what happens: its files are written, its commands run, their output compared', (t) => {
  tryReadme(t, JAVASCRIPT)
})
