import { once } from 'node:events'
import test from 'ava'
import { COUNT_STREAM, CoordinatedBolt } from '../../lib/drpc/linear/coordinated-bolt.ts'
import { Bolt, fields, type OutputCollector, type TaskContext, type Tuple, testTuple } from '../../lib/index.ts'

/** Acks what it gets, and takes a moment to finish. */
class Slow extends Bolt {
  override readonly outputs = fields<any>('request', 'value')
  #collector!: OutputCollector

  override prepare(_context: TaskContext, collector: OutputCollector): void {
    this.#collector = collector
  }

  execute(tuple: Tuple): void {
    this.#collector.ack(tuple)
  }

  async finishedId(): Promise<void> {}
}

test('a request whose end cannot be told to the next bolt fails, also where the bolt took a moment to finish', async (t) => {
  const context = {
    component: 'slow',
    config: { 'topology.message.timeout.secs': 30 },
    after: () => () => {},
    streamsOf: () => new Map(),
    tasksOf: () => [7],
    targets: new Map([[COUNT_STREAM, new Map([['next', {}]])]]),
  } as unknown as TaskContext
  const heard = new EventTarget()
  const failed: unknown[] = []
  const reported: unknown[] = []
  const error = new Error('no way out')
  const collector = {
    emitDirect() {
      throw error
    },
    reportError: (what: unknown) => reported.push(what),
    fail(tuple: Tuple, why: unknown) {
      failed.push([tuple.values[0], why])
      heard.dispatchEvent(new Event('failed'))
    },
  } as unknown as OutputCollector
  const bolt = new CoordinatedBolt(new Slow(), {})
  await bolt.prepare(context, collector)
  const over = once(heard, 'failed')
  void bolt.execute(testTuple(['request 1', 'x']))
  await over
  t.deepEqual(failed, [['request 1', error]])
  t.deepEqual(reported, [error])
})
