/**
 * The JavaScript library where the contract of multilang does not look: what becomes of printed text and of
 * values, concurrency, slow sources, and what every library promises. Real processes of node.
 */
import { once } from 'node:events'
import type { ExecutionContext } from 'ava'
import { END, type Ended, emitsOf, next, setup, TICK, told, tuple } from './child.ts'
import { everyLibrary, jsonAlone, type Programs } from './every-library.ts'
import { JAVASCRIPT, specsFor, start } from './library-child.ts'

const { spec, register } = specsFor(JAVASCRIPT)

const node = (t: ExecutionContext, text: string, env?: Record<string, string>) =>
  start(t, JAVASCRIPT, `const storm = require('storm')\n${text}`, env)

const acked = (id: unknown) => ({ command: 'ack', id })
const tuples = (count: number) => Array.from({ length: count }, (_, index) => tuple(index + 1, index + 1))
const reasons = ({ messages }: Ended) => messages.flatMap(({ command, msg }) => (command === 'error' ? [msg] : []))

spec('what is printed becomes log messages of their level, and never gets into the frames', async (t) => {
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

spec('values that cannot be sent fail the tuple and say why', async (t) => {
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
  t.regex(reasons(ended).join('\n'), /on purpose[\s\S]*"abc"[\s\S]*circular/)
})

spec(
  'whole numbers of any length keep their digits, as values and as message ids; so do texts that look like them',
  async (t) => {
    const values = '[9007199254740993,"9007199254740993",{"a\\"1":[-123456789012345678901234567890,1.5]}]'
    const child = node(t, 'storm.bolt((tuple, { emit }) => emit([tuple.values[0] + 1n, ...tuple.values])).run()')
    child.send(setup())
    child.process.stdin.write(`{"id":"1","comp":"s","stream":"default","task":1,"tuple":${values}}\nend\n`)
    await child.end()
    t.true(child.stdout.includes(`[9007199254740994,${values.slice(1)}`), child.stdout)

    const spout = node(t, "storm.spout(function* () { yield { tuple: ['a'], id: 9007199254740993n } }).run()")
    await spout.send(setup(), next).end()
    t.regex(spout.stdout, /"id":9007199254740993\b/)
  },
)

/** Waits as many turns as the first value says before it emits it. */
const SLOW = `const { setImmediate: turn } = require('node:timers/promises')
const slow = async (tuple, { emit }) => {
  for (let turns = tuple.values[0]; turns > 0; turns--) await turn()
  emit(tuple.values)
}
`
const THREE = [tuple(1, 9), tuple(2, 3), tuple(3, 0)]

spec('tuples are processed one after the other, and the next one waits for a promise', async (t) => {
  const ended = await node(t, `${SLOW}storm.bolt(slow).run()`)
    .send(setup(), ...THREE)
    .end()
  t.deepEqual(told(ended), ['emit [9]', 'ack "1"', 'emit [3]', 'ack "2"', 'emit [0]', 'ack "3"'])
})

spec('with a concurrency so many are processed at a time, and a tick comes after those before it', async (t) => {
  const child = node(t, `${SLOW}storm.bolt(slow, { concurrency: 3, tick: ({ emit }) => emit(['tick']) }).run()`)
  const ended = await child.send(setup(), ...THREE, TICK).end()
  t.deepEqual(emitsOf(ended), [[0], [3], [9], ['tick']])
})

spec(
  'a bolt that is slower than its input holds it back, answers heartbeats meanwhile and loses nothing',
  async (t) => {
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
  },
)

spec('a bolt whose input is held back gets the task ids it waits for', async (t) => {
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

spec('an emit after the ack of its tuple ends the process with its reason, for the tuple would be lost', async (t) => {
  const child = node(t, 'storm.bolt((tuple, { emit }) => void setImmediate(() => emit([1]))).run()').send(
    setup(),
    tuple(1),
  )
  const [code] = await once(child.process, 'close')
  t.is(code, 1)
  t.regex(child.stdout, /"command":"ack"[\s\S]*"command":"error"[\s\S]*\backed\b/)
})

spec('a tuple is acked or failed once, whatever a bolt does with it', async (t) => {
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

spec('a source that is slow does not hold up the acks, and what it yields at last is emitted', async (t) => {
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

const PROGRAMS: Programs = {
  echo: 'storm.bolt((tuple, { emit }) => emit(tuple.values)).run()',
  length: 'storm.bolt((tuple, { emit }) => emit([tuple.values.flat(Infinity)[0].length])).run()',
  byName: `storm.bolt((tuple, { emit }) => {
    emit([tuple.field('n'), tuple.values[0], tuple.toObject()])
    tuple.field('wrod')
  }).run()`,
  wrongName: /component\.js/,
  groups: `class B extends storm.BatchingBolt {
  groupSize = 2
  async processGroup(group, { emit }) {
    emit(group.map((tuple) => tuple.values[0]))
    await null
    if (group.at(-1).values[0] === 0) throw new Error('zero')
  }
}
new B().run()`,
  numbers: `storm.spout(function* () {
  yield [1]
  yield undefined
  yield { tuple: [2], stream: 'even', id: 'two' }
}, { maxAttempts: 2, replayDelayMs: 0 }).run()`,
  patient: 'storm.spout(function* () { yield { tuple: [1], id: 7 } }, { replayDelayMs: 1e7 }).run()',
  interrupted: `let at = 0
storm.spout(async function* () {
  while (at++ < 3) {
    if (at === 2) throw new Error('lost the connection')
    yield [at]
  }
}).run()`,
  unprepared: [
    '() => { throw new Error("no such database") }',
    'async () => { throw new Error("no such database") }',
  ].map((initialize) => `storm.bolt(() => {}, { initialize: ${initialize} }).run()`),
  unfinished: ['setInterval(() => {}, 1000)', 'return emit([1], { needTaskIds: true })'].map(
    (work) => `storm.bolt(async (tuple, { emit }) => { ${work} }).run()`,
  ),
}
everyLibrary(JAVASCRIPT, spec, node, PROGRAMS)
jsonAlone(spec, node, PROGRAMS, 'storm.js')

register()
