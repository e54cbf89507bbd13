import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'ava'
import { FileSpout, RandomSentenceSpout, ReliableSpout, SequenceSpout } from '../../../lib/components/index.ts'
import {
  direct,
  type FailReason,
  fields,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TyphoonError,
} from '../../../lib/index.ts'
import { ShellSpout } from '../../../lib/multilang/index.ts'
import { coreSpout } from '../../../lib/trident/spout/core-spout.ts'
import { FakeContext } from '../../components/fakes.ts'
import { folderOf } from '../../folder.ts'
import { Rows } from './runtime.ts'

const n = fields<{ n: number }>('n')

/** Emits what `onNext` says, and notes what it is told. */
class Told extends Spout<{ n: number }, number> {
  override readonly outputs = n
  readonly told: unknown[] = []
  collector!: SpoutOutputCollector<any, number>
  onNext: () => void | Promise<void> = () => {}
  override open(_: TaskContext, collector: SpoutOutputCollector<{ n: number }, number>): void {
    this.collector = collector
  }
  nextTuple(): void | Promise<void> {
    return this.onNext()
  }
  override ack(id: number): void {
    this.told.push(`ack ${id}`)
  }
  override fail(id: number, reason: FailReason): void {
    this.told.push([`fail ${id}`, reason.kind === 'explicit' ? reason.error : reason.kind])
  }
  override activate(): void {
    this.told.push('activate')
  }
  override deactivate(): void {
    this.told.push('deactivate')
  }
  override close(): void {
    this.told.push('close')
  }
}

async function opened<S extends Spout>(spout: S, config = {}) {
  const context = new FakeContext({ config, fields: ['n'] })
  const adapter = coreSpout(spout)
  await adapter.open(context)
  const batch = async (txid: number, attempt = 0, limit?: number): Promise<any[]> => {
    const collector = new Rows(limit)
    await adapter.emitBatch({ txid, attempt }, collector)
    errors.push(...(collector.errors as Error[]))
    return collector.rows.flat()
  }
  const errors: Error[] = []
  return { adapter, context, batch, errors }
}

/** Counts up from 1, with the numbers as message ids. */
function counting(): Told {
  const spout = new Told()
  let next = 1
  spout.onNext = () => void spout.collector.emit([next], next++)
  return spout
}

test('a batch has as many calls of nextTuple as it may, or as there is room for, or until nothing comes', async (t) => {
  const { batch } = await opened(counting(), { 'topology.spout.max.batch.size': 3 })
  t.deepEqual(await batch(1), [1, 2, 3])
  t.deepEqual(await batch(2, 0, 2), [4, 5])
  const spout = new Told()
  const calls = [2, 1, 0, 2]
  spout.onNext = () => {
    for (let i = calls.shift() ?? 0; i > 0; i--) spout.collector.emit([i])
  }
  t.deepEqual(await (await opened(spout)).batch(1), [2, 1, 1])
})

test('the ids of a batch are acked when it is committed, and failed when it is replayed', async (t) => {
  const spout = counting()
  const { adapter, batch } = await opened(spout, { 'topology.spout.max.batch.size': 2 })
  await batch(1)
  await batch(2)
  t.is(spout.collector.pendingCount, 4)
  t.deepEqual(await batch(2, 1), [5, 6])
  adapter.ack(1)
  adapter.ack(2)
  t.is(spout.collector.pendingCount, 0)
  await adapter.close()
  t.deepEqual(spout.told, [
    'activate',
    ['fail 3', 'batch 2 is replayed'],
    ['fail 4', 'batch 2 is replayed'],
    'ack 1',
    'ack 2',
    'ack 5',
    'ack 6',
    'deactivate',
    'close',
  ])
})

test('an ack that was lost is made good by the next one', async (t) => {
  const spout = counting()
  const { adapter, batch } = await opened(spout, { 'topology.spout.max.batch.size': 1 })
  for (const txid of [1, 2, 3]) await batch(txid)
  adapter.ack(2)
  t.deepEqual(spout.told.slice(1), ['ack 1', 'ack 2'])
})

test('ids of batches that never come back are failed in the end', async (t) => {
  const spout = counting()
  const config = { 'topology.spout.max.batch.size': 1, 'topology.trident.max.batches.pending': 1 }
  const { batch } = await opened(spout, config)
  for (let txid = 1; txid <= 5; txid++) await batch(txid)
  t.deepEqual(spout.told.slice(1), [['fail 1', 'batch 1 has not come back']])
})

test('nextTuple may return a promise, and what is emitted between two batches is in the next one', async (t) => {
  const spout = new Told()
  let next = 1
  spout.onNext = async () => {
    await Promise.resolve()
    if (next <= 3) spout.collector.emit([next], next++)
  }
  const { adapter, batch } = await opened(spout)
  t.deepEqual(await batch(1), [1, 2, 3])
  spout.collector.emit([10], 10)
  t.false(adapter.isExhausted())
  t.false(spout.collector.isHeldBack)
  t.deepEqual(await batch(2), [10])
  t.deepEqual(await batch(2, 1), [])
  t.deepEqual(spout.told.at(-1), ['fail 10', 'batch 2 is replayed'])
  for (let i = 0; i < 1000; i++) spout.collector.emit([i], i)
  t.true(spout.collector.isHeldBack)
})

test('an error of the stream fails the batch with all of its ids, and is none of the spout', async (t) => {
  const spout = counting()
  const { adapter, batch, errors } = await opened(spout, { 'topology.spout.max.batch.size': 3 })
  const collector = new Rows()
  collector.emit = ([value]) => {
    if (value === 2) throw new Error('two')
  }
  await t.throwsAsync(async () => adapter.emitBatch({ txid: 1, attempt: 0 }, collector), { message: 'two' })
  t.deepEqual(await batch(1, 1), [3, 4, 5])
  t.deepEqual(
    spout.told.slice(1).map((told: any) => told[0]),
    ['fail 1', 'fail 2'],
  )
  t.deepEqual(errors, [])
})

test('nextTuple that throws is shown and called again after a while, and given up after so many times in a row', async (t) => {
  const spout = new Told()
  let calls = 0
  spout.onNext = () => {
    calls++
    throw new Error('no')
  }
  const { context, batch, errors } = await opened(spout, { 'topology.spout.error.limit': 3 })
  await batch(1)
  await batch(2)
  t.is(calls, 1)
  context.advance(10)
  await batch(3)
  t.deepEqual(
    errors.map(({ message }) => message),
    ['no', 'no'],
  )
  context.advance(20)
  await t.throwsAsync(() => batch(4), { code: 'COMPONENT_FAILED' })
})

test('what a promise of ack, fail, activate or deactivate rejects with is told, and ends nothing', async (t) => {
  class Rejecting extends Told {
    override ack = (): any => Promise.reject(new Error('no ack'))
    override fail = (): any => Promise.reject(new Error('no fail'))
    override activate = (): any => Promise.reject(new Error('not active'))
    override deactivate = (): any => Promise.reject(new Error('active'))
  }
  const spout = new Rejecting()
  let next = 1
  spout.onNext = () => void spout.collector.emit([next], next++)
  const { adapter, batch, context } = await opened(spout, { 'topology.spout.max.batch.size': 1 })
  await batch(1)
  await batch(1, 1)
  adapter.ack(1)
  await adapter.close()
  t.deepEqual(
    context.logs.map(({ message }) => message),
    ['activate threw: not active', 'fail threw: no fail', 'ack threw: no ack', 'deactivate threw: active'].map(
      (message) => `component: ${message}`,
    ),
  )
})

test('Trident reads the default stream alone', async (t) => {
  const spout = new Told()
  const { batch, errors } = await opened(spout)
  for (const [emit, code] of [
    [() => spout.collector.emit([1], 1, 'other' as any), 'UNDECLARED_STREAM'],
    [() => spout.collector.emit([1, 2], 1), 'WRONG_VALUES'],
    [() => spout.collector.emitDirect(1, [1]), 'NOT_DIRECT'],
  ] as const) {
    t.is((t.throws(emit, { instanceOf: TyphoonError }) as TyphoonError).code, code)
  }
  t.deepEqual(await batch(1), [])
  t.deepEqual(errors, [])
  class Other extends Told {
    declare readonly outputs: any
    constructor(outputs: unknown) {
      super()
      Object.assign(this, { outputs })
    }
  }
  t.deepEqual(coreSpout(new Other({ default: n, other: n })).outputs.names, ['n'])
  for (const outputs of [undefined, { other: n }, { default: direct(n) }])
    t.throws(() => coreSpout(new Other(outputs)), { code: 'NO_FIELDS' })
})

test('one object is for one task', async (t) => {
  const { adapter, context } = await opened(counting())
  await t.throwsAsync(() => adapter.open(context), { code: 'INTERNAL' })
})

/** Commits batches, replays each third, until the spout is exhausted. */
async function committed(spout: Spout, config = {}): Promise<any[]> {
  const { adapter, context, batch } = await opened(spout, { 'topology.spout.max.batch.size': 7, ...config })
  const rows: any[] = []
  for (let txid = 1; txid < 1000 && !adapter.isExhausted(); txid++) {
    let emitted = await batch(txid)
    if (txid % 3 === 0) emitted = await batch(txid, 1)
    rows.push(...emitted)
    adapter.ack(txid)
    context.advance(1000)
  }
  assert(adapter.isExhausted(), 'the spout ends')
  await adapter.close()
  return rows
}

test('the reliable spouts of the core lose nothing in it', async (t) => {
  const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`)
  const folder = folderOf(t, { a: lines.join('\n') })
  t.deepEqual((await committed(new FileSpout(join(folder, 'a')))).sort(), [...lines].sort())
  t.is((await committed(new RandomSentenceSpout(100))).length, 100)
  t.deepEqual(
    (await committed(new SequenceSpout(50))).sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i),
  )
})

test('a replay of a ReliableSpout comes after its delay', async (t) => {
  class Once extends ReliableSpout<{ n: number }> {
    override readonly outputs = n
    #done = false
    protected produce(): void {
      this.#done = true
      this.emit([1])
    }
    protected isInputExhausted(): boolean {
      return this.#done
    }
  }
  const { adapter, context, batch } = await opened(new Once())
  t.deepEqual(await batch(1), [1])
  t.true(adapter.isExhausted())
  t.deepEqual(await batch(1, 1), [])
  t.false(adapter.isExhausted())
  context.advance(60_000)
  t.deepEqual(await batch(2), [1])
})

test('a child process can be the spout', async (t) => {
  const program = 'spec/contract/multilang/javascript/components.js'
  const spout = new ShellSpout([process.execPath, program, 'count'], { outputs: ['n'], config: { count: 5 } } as any)
  const { adapter, batch } = await opened(spout as any, { count: 5 } as any)
  t.teardown(() => adapter.close())
  const rows: any[] = []
  for (let txid = 1; txid < 100 && !adapter.isExhausted(); txid++) {
    rows.push(...(await batch(txid)))
    adapter.ack(txid)
  }
  t.deepEqual(rows, [1, 2, 3, 4, 5])
})
