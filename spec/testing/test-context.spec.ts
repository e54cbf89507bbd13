import test from 'ava'
import { BasicBolt, Bolt, fields, Spout, type TaskContext, type Timer } from '../../lib/index.ts'
import { testContext } from '../../lib/testing/index.ts'

class Words extends Spout<{ word: string }> {
  override readonly outputs = fields<{ word: string }>('word')
  override nextTuple(): void {}
}

class Count extends BasicBolt {
  override getComponentConfiguration() {
    return { 'topology.bolt.concurrency': 3 }
  }
  override execute(): void {}
}

class Late extends Bolt {
  override execute(): void {}
  override onTimer(_timer: Timer): void {}
}

test('a component alone has the context of a worker: configuration, streams, tasks and states', (t) => {
  const context = testContext(new Count(), { config: { 'my.key': 7 }, tasks: 3, taskIndex: 2 })
  t.is(context.config['my.key'], 7)
  t.is(context.config['topology.bolt.concurrency'], 3)
  t.deepEqual([context.taskIndex, context.tasksOf().length], [2, 3])
  t.is(context.tasksOf()[2], context.task)
  context.state<string, number>('counts').put('a', 1)
  t.is(context.state<string, number>('counts').get('a'), 1)
  const spout = testContext(new Words())
  t.deepEqual(spout.streamsOf(spout.component).get('default')?.names, ['word'])
})

test('it keeps what the component asks of the runtime', (t) => {
  const context = testContext(new Words(), { checkpointed: { at: 3 } })
  const error = new Error('it cannot go on')
  context.log('warn', 'slow')
  context.count('lines', 2)
  context.count('lines')
  context.metrics.counter('lines').inc()
  context.metrics.gauge('open', () => 5)
  context.metrics.histogram('ms').record(2)
  context.checkpoint({ at: 4 })
  context.fail(error)
  t.deepEqual(context.checkpointed, { at: 3 })
  t.deepEqual(context.logs, [{ level: 'warn', message: 'slow' }])
  t.deepEqual(context.counters, { lines: 4 })
  t.deepEqual(context.gauges, { open: 5 })
  t.like(context.histograms, { ms: { count: 1 } })
  t.deepEqual(context.checkpoints, [{ at: 4 }])
  t.deepEqual(context.failures, [error])
  t.throws(() => context.checkpoint('x'.repeat(2 ** 21)), { code: 'CHECKPOINT_TOO_LARGE' })
})

test('its time stands still until the test lets it pass, and its chance is that of a seed', async (t) => {
  const context = testContext(new Words())
  const called: number[] = []
  context.after(10, () => called.push(context.now()))
  context.after(20, () => called.push(context.now()))()
  await context.clock.advance(9)
  t.deepEqual(called, [])
  await context.clock.advance(100)
  t.deepEqual(called, [10])
  t.is(context.random(), testContext(new Words()).random())
})

test('timers are for a component that has a method for them', (t) => {
  t.throws(() => testContext(new Count()).timers('late'), { code: 'NO_METHOD' })
  t.notThrows(() => testContext(new Late()).timers('late').atEventTime('a', 1))
})

test('an option that there is not is refused, and a task that there is not', (t) => {
  const make = (options: object) => (): TaskContext => testContext(new Words(), options)
  t.throws(make({ task: 1 }), { code: 'BAD_ARGUMENT' })
  t.throws(make({ tasks: 2, taskIndex: 2 }), { code: 'BAD_ARGUMENT' })
})
