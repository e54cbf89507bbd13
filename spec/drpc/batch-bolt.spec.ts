import test from 'ava'
import { BatchBolt, BatchBoltExecutor, type BatchOutputCollector } from '../../lib/drpc/linear/batch-bolt.ts'
import { fields, type OutputCollector, type TaskContext, type Tuple, testTuple } from '../../lib/index.ts'

/** Counts the tuples of its batch. */
class Counter extends BatchBolt<any, { id: string; count: number }, string> {
  override readonly outputs = fields<{ id: string; count: number }>('id', 'count')
  #collector!: BatchOutputCollector
  #id = ''
  #count = 0

  override prepare(_context: TaskContext, collector: BatchOutputCollector, id: string): void {
    this.#collector = collector
    this.#id = id
  }

  execute(): void {
    this.#count++
  }

  finishBatch(): void {
    this.#collector.emit([this.#id, this.#count])
  }
}

function prepared() {
  const emitted: (readonly unknown[])[] = []
  const acked: Tuple[] = []
  const executor = new BatchBoltExecutor(() => new Counter())
  const collector = {
    emit(_anchors: unknown, values: readonly unknown[]) {
      emitted.push(values)
      return []
    },
    ack: (tuple: Tuple) => void acked.push(tuple),
  } as unknown as OutputCollector
  executor.prepare({} as TaskContext, collector)
  return { executor, emitted, acked }
}

test('batches that interleave are counted each by itself, and every tuple is acked', (t) => {
  const { executor, emitted, acked } = prepared()
  const tuples = ['1-1', '1-1', '1-2', '2-1', '1-1'].map((id) => testTuple([id, 'x']))
  for (const tuple of tuples) void executor.execute(tuple)
  executor.finishedId('1-1')
  const late = testTuple(['1-2', 'x'])
  void executor.execute(late)
  executor.finishedId('2-1')
  executor.finishedId('1-2')
  t.deepEqual(emitted, [
    ['1-1', 3],
    ['2-1', 1],
    ['1-2', 2],
  ])
  t.deepEqual(acked, [...tuples, late])
})

test('a batch without a tuple is finished as well; one that is finished or forgotten begins anew', (t) => {
  const { executor, emitted } = prepared()
  executor.finishedId('a')
  void executor.execute(testTuple(['b', 1]))
  executor.forgetId('b')
  executor.finishedId('b')
  t.deepEqual(emitted, [
    ['a', 0],
    ['b', 0],
  ])
})

/** Emits after what the test waits for. */
class Waiting extends BatchBolt<{ id: string; wait: Promise<void> }> {
  #collector!: BatchOutputCollector

  override prepare(_context: TaskContext, collector: BatchOutputCollector): void {
    this.#collector = collector
  }

  async execute(tuple: Tuple): Promise<void> {
    await tuple.values[1]
    this.#collector.emit([tuple.values[0], tuple.values[2]])
    if (tuple.values[2] === 'throws') throw new Error('no')
  }

  finishBatch(): void {
    this.#collector.emit(['1', 'finished'])
  }
}

test('what executions that overlap emit is anchored to the tuple that it belongs to, and to none that is settled', async (t) => {
  const emitted: (readonly unknown[])[] = []
  const settled = new Set<unknown>()
  const executor = new BatchBoltExecutor(() => new Waiting())
  executor.prepare(
    {} as TaskContext,
    {
      emit(anchors: readonly Tuple[] | undefined, [, name]: readonly unknown[]) {
        t.false(anchors?.some((tuple) => settled.has(tuple)) ?? false)
        emitted.push([name, ...(anchors ?? []).map((tuple) => tuple.values[2])])
        return []
      },
      ack: (tuple: Tuple) => void settled.add(tuple),
    } as unknown as OutputCollector,
  )
  const go: (() => void)[] = []
  const over = ['a', 'b', 'throws'].map((name) => {
    const wait = new Promise<void>((resolve) => go.push(resolve))
    const tuple = testTuple(['1', wait, name])
    return Promise.resolve(executor.execute(tuple)).catch(() => settled.add(tuple))
  })
  for (const at of [0, 2, 1]) {
    go[at]!()
    await over[at]
  }
  await executor.finishedId('1')
  t.deepEqual(emitted, [['a', 'a', 'b', 'throws'], ['throws', 'b', 'throws'], ['b', 'b'], ['finished']])
})
