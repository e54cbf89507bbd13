/**
 * The classic face of the JavaScript library: components as they were written for Storm's own storm.js. Real processes
 * of node.
 */
import test, { type ExecutionContext } from 'ava'
import { setup, told, tuple } from './child.ts'
import { JAVASCRIPT, start } from './library-child.ts'

const node = (t: ExecutionContext, text: string) => start(t, JAVASCRIPT, `const storm = require('storm')\n${text}`)

const next = { command: 'next', id: '' }
const acked = (id: unknown) => ({ command: 'ack', id })
const failed = (id: unknown) => ({ command: 'fail', id })

test('a classic bolt is called with the next tuple before done, and may be a function of old', async (t) => {
  const child = node(
    t,
    `function Pairs() { storm.BasicBolt.call(this); this.waiting = null }
    Pairs.prototype = Object.create(storm.BasicBolt.prototype)
    Pairs.prototype.initialize = function (conf, context, done) {
      this.unit = conf.unit
      setImmediate(done)
    }
    Pairs.prototype.process = function (tup, done) {
      if (this.waiting === null) { this.waiting = [tup, done]; return }
      var first = this.waiting
      this.waiting = null
      var self = this
      this.emit({ tuple: [this.unit, tup.values[0]], anchorTupleId: [first[0].id, tup.id], stream: 'pairs' }, function (ids) {
        self.log('to ' + ids)
        first[1]()
        done(new Error('the second one'))
      })
    }
    new Pairs().run()`,
  )
  const ended = await child.send(setup({ unit: 'u' }), tuple(1, 'a'), tuple(2, 'b'), [5, 6]).end()
  const [emitted, ...rest] = ended.messages
  t.deepEqual(emitted, { command: 'emit', tuple: ['u', 'b'], stream: 'pairs', anchors: ['1', '2'] } as object)
  t.deepEqual(
    rest.map(({ command, msg, id }) => `${command} ${id ?? msg.split('\n')[0]}`),
    ['log to 5,6', 'ack 1', 'error Error: the second one', 'fail 2'],
  )
})

test('a classic component keeps the rules of Storm for emit and emitDirect', async (t) => {
  const child = node(
    t,
    `class B extends storm.BasicBolt {
      process(tup, done) {
        for (const wrong of [() => this.emit({ tuple: [1] }), () => this.emit({ tuple: [1], task: 3 }, () => {}), () => this.emitDirect({ tuple: [1] })]) {
          try { wrong() } catch (error) { this.log(error.message) }
        }
        this.emitDirect({ tuple: [1], task: 3, anchorTupleId: tup.id })
        this.emit({ tuple: [2], need_task_ids: false })
        done()
      }
    }
    new B().run()`,
  )
  const ended = await child.send(setup(), tuple(1)).end()
  t.deepEqual(told(ended).slice(0, 3), [
    'log "emit needs a function onTaskIds(taskIds)"',
    'log "emit takes no task: use emitDirect"',
    'log "emitDirect needs a task"',
  ])
  t.deepEqual(ended.messages.slice(3), [
    { command: 'emit', tuple: [1], task: 3, anchors: ['1'] },
    { command: 'emit', tuple: [2], need_task_ids: false, anchors: [] },
    { command: 'ack', id: '1' },
  ] as object[])
})

test('a classic bolt that throws or rejects fails its tuple and goes on', async (t) => {
  const child = node(
    t,
    `class B extends storm.BasicBolt {
      process(tup, done) {
        if (tup.values[0] === 'throw') throw new Error('thrown')
        if (tup.values[0] === 'reject') return Promise.reject(new Error('rejected'))
        done()
      }
    }
    new B().run()`,
  )
  const ended = await child.send(setup(), tuple(1, 'throw'), tuple(2, 'ok')).end()
  t.deepEqual(told(ended).slice(1), ['fail "1"', 'ack "2"'])
  const other = await node(
    t,
    'class B extends storm.BasicBolt { async process() { throw new Error("x") } }\nnew B().run()',
  )
    .send(setup(), tuple(1))
    .end()
  t.deepEqual(told(other).slice(1), ['fail "1"'])
})

test('every command of a spout is answered by one sync, whether its method takes done or not', async (t) => {
  const child = node(
    t,
    `class S extends storm.Spout {
      async nextTuple() {
        await null
        this.emit({ tuple: [1], id: 0, need_task_ids: false })
      }
      fail(id, done) {
        this.log('failed ' + id)
        setImmediate(done)
        done()
      }
      activate() { throw new Error('not now') }
    }
    new S().run()`,
  )
  const ended = await child
    .send(setup(), { command: 'activate', id: '' }, next, acked(0), failed(0), { command: 'deactivate', id: '' })
    .end()
  t.deepEqual(
    told(ended).map((line) => line.split('\\n')[0]),
    [
      'error "Error: not now',
      'sync null',
      'emit [1]',
      'sync null',
      'sync null',
      'log "failed 0"',
      'sync null',
      'sync null',
    ],
  )
})
