/** A coordinator by itself: when it begins batches and commits, what it tells its spouts' tasks and writes. */
import test, { type ExecutionContext } from 'ava'
import type { FailReason, SpoutOutputCollector } from '../../../lib/index.ts'
import { openStore } from '../../../lib/store/store.ts'
import { Coordinator } from '../../../lib/trident/batch/coordinator/coordinator.ts'
import type { Phase } from '../../../lib/trident/batch/coordinator/phase.ts'
import type { Emission } from '../../../lib/trident/batch/exchange/emission-record.ts'
import { recordNotes } from '../../../lib/trident/batch/exchange/spout-notes.ts'
import { Metadata } from '../../../lib/trident/batch/metadata/metadata.ts'
import { FakeContext } from '../../components/fakes.ts'
import { folderOf } from '../../folder.ts'

interface Given {
  readonly folder: string
  readonly isTransactional?: boolean
  readonly tasks?: number
  readonly checkpointed?: unknown
}

/** A coordinator of one spout with the partitions `a` and `b`, whose tasks are played by the test. */
class Run {
  readonly context: FakeContext
  readonly coordinator: Coordinator
  /** `batch 1`, `commit 1`, `success 1`, in their order. */
  readonly seen: string[] = []
  readonly briefs: { readonly task: number; readonly whole: boolean; readonly again: boolean; readonly items: any }[] =
    []
  /** The batches and commits in flight, the oldest first. */
  readonly flying: { readonly phase: Phase; readonly values: readonly any[] }[] = []
  listed = ['a', 'b']

  constructor({ folder, isTransactional = true, tasks = 1, checkpointed }: Given) {
    this.context = new FakeContext({
      tasks,
      checkpointed,
      config: {
        'topology.state.dir': folder,
        'topology.state.sync': 'none',
        'topology.trident.batch.emit.interval.millis': 0,
        'topology.trident.max.batches.pending': 3,
        'topology.replay.delay.ms': 1,
        'topology.replay.max.delay.ms': 1,
      },
    })
    const listed = {
      txId: 's',
      component: 'spout',
      isTransactional,
      coordinator: () => ({ getPartitionsForBatch: () => this.listed }),
    }
    const spout = { txId: 's', component: 'spout', fields: ['line'], checkFiles: () => {}, listed }
    this.coordinator = new Coordinator({ group: 'g', spouts: [spout], volatile: false, canTakeBack: true })
  }

  async open(): Promise<this> {
    const collector: SpoutOutputCollector = {
      emit: (values: any, phase: any, stream: any) => {
        this.seen.push(`${stream} ${values[0]}`)
        if (phase !== undefined) this.flying.push({ phase, values })
        return []
      },
      emitDirect: (task: number, [, , , whole, again, items]: any) =>
        void this.briefs.push({ task, whole, again, items }),
      reportError: (error) => this.seen.push(`error ${(error as { code?: string }).code}`),
      pendingCount: 0,
      isHeldBack: false,
    }
    await this.coordinator.open(this.context, collector)
    return this
  }

  /** Begins as many batches as may begin now. */
  begin(): void {
    for (let before = -1; before !== this.seen.length; ) {
      before = this.seen.length
      this.context.advance(100)
      void this.coordinator.nextTuple()
    }
  }

  /** A task has emitted its part. */
  note(txid: number, partitions: Record<string, unknown[]>, { task = 0, attempt = this.#attemptOf(txid) } = {}): void {
    const emission: Emission = { rows: 1, exhausted: false, partitions, counts: {} }
    for (const note of recordNotes({ spout: 's', task, txid, attempt }, emission, 65_536)) this.coordinator.noted(note)
  }

  ack(txid: number): void {
    this.coordinator.ack(this.#take(txid))
  }

  fail(txid: number, reason: FailReason = { kind: 'worker lost' }): void {
    this.coordinator.fail(this.#take(txid), reason)
  }

  /** The whole of a batch: it is emitted, processed and committed. */
  whole(txid: number, partitions: Record<string, unknown[]>): void {
    this.note(txid, partitions)
    this.ack(txid)
    this.ack(txid)
  }

  takeBriefs() {
    return this.briefs.splice(0)
  }

  #attemptOf(txid: number): number {
    return this.flying.findLast(({ values }) => values[0] === txid)!.values[1]
  }

  #take(txid: number): Phase {
    const index = this.flying.findLastIndex(({ phase }) => phase.txid === txid)
    return this.flying.splice(index, 1)[0]!.phase
  }
}

/** What stands in the metadata. */
async function inMetadata<T>(folder: string, read: (metadata: Metadata) => T): Promise<T> {
  const store = openStore(`${folder}/test/metadata`, { sync: 'none' })
  const found = read(new Metadata(store, 'g'))
  await store.close()
  return found
}

const started = async (t: ExecutionContext, given: Partial<Given> = {}): Promise<Run> =>
  new Run({ folder: folderOf(t), ...given }).open()

test('as many batches are in flight as may be, and each is committed when those before it are over', async (t) => {
  const run = await started(t)
  run.begin()
  t.deepEqual(run.seen, ['batch 1', 'batch 2', 'batch 3'])
  run.note(2, {})
  run.ack(2)
  t.deepEqual(run.seen.slice(3), [])
  run.note(1, {})
  run.ack(1)
  t.deepEqual(run.seen.slice(3), ['commit 1'])
  run.ack(1)
  t.deepEqual(run.seen.slice(3), ['commit 1', 'success 1', 'commit 2'])
  await run.coordinator.close()
})

test('the tasks are told everything before the first batch, and nothing before those that follow', async (t) => {
  const run = await started(t, { tasks: 2 })
  run.begin()
  t.deepEqual(run.seen, ['batch 1', 'batch 2', 'batch 3'])
  t.deepEqual(run.takeBriefs(), [
    { task: 1, whole: true, again: false, items: [['at', 'a', undefined]] },
    { task: 2, whole: true, again: false, items: [['at', 'b', undefined]] },
  ])
  await run.coordinator.close()
})

test('where the list of partitions is another one, that is told, with the places of those that are new to it', async (t) => {
  const run = await started(t)
  run.begin()
  run.takeBriefs()
  run.listed = ['a', 'b', 'c']
  run.whole(1, { a: [1] })
  run.begin()
  const items = ['a', 'b', 'c'].map((name) => ['at', name, undefined])
  t.deepEqual(run.takeBriefs(), [{ task: 1, whole: false, again: false, items }])
  await run.coordinator.close()
})

for (const isTransactional of [true, false])
  test(`what begins again is told where it begins, as ${isTransactional ? 'it was' : 'an opaque spout goes on'}`, async (t) => {
    const run = await started(t, { isTransactional })
    run.begin()
    run.takeBriefs()
    run.note(1, { a: [11] })
    run.note(2, { a: [21], b: [22] })
    run.ack(1)
    run.fail(2)
    run.begin()
    const at = [
      ['at', 'a', 11],
      ['at', 'b', undefined],
    ]
    const again = [
      ['again', 'a', 21],
      ['again', 'b', 22],
    ]
    const [brief] = run.takeBriefs()
    t.deepEqual(brief, {
      task: 1,
      whole: true,
      again: isTransactional,
      items: isTransactional ? [...at, ...again] : at,
    })
    await run.coordinator.close()
  })

test('a batch behind a failure waits until all before it have told what they have', async (t) => {
  const run = await started(t)
  run.begin()
  run.fail(2)
  run.begin()
  t.deepEqual(run.seen, ['batch 1', 'batch 2', 'batch 3'], 'batch 1 is not processed')
  run.note(1, { a: [1] })
  run.ack(1)
  run.begin()
  t.deepEqual(run.seen.slice(3), ['commit 1', 'batch 2', 'batch 3'])
  await run.coordinator.close()
})

test('what a batch has taken is written before its commit begins, and becomes the position when that is over', async (t) => {
  const folder = folderOf(t)
  const run = await started(t, { folder })
  const found = () => inMetadata(folder, (one) => [one.current, one.recordsOf(1).length, one.positions('s').get('a')])
  run.begin()
  run.note(1, { a: [1, 2] })
  t.deepEqual(await found(), [1, 0, undefined])
  run.ack(1)
  t.is(run.seen.at(-1), 'commit 1')
  t.deepEqual(await found(), [1, 1, undefined])
  run.ack(1)
  t.deepEqual(await found(), [2, 0, 2])
  await run.coordinator.close()
})

test('a batch that is processed though a task has not told its part stops the topology', async (t) => {
  const run = await started(t, { tasks: 2 })
  run.begin()
  run.note(1, { a: [1] })
  run.ack(1)
  t.deepEqual(
    run.context.failures.map((error) => (error as { code?: string }).code),
    ['INTERNAL'],
  )
  t.false(run.seen.includes('commit 1'))
  await run.coordinator.close()
})

test('what comes of an attempt that was replaced changes nothing', async (t) => {
  const folder = folderOf(t)
  const run = await started(t, { folder, isTransactional: false })
  run.begin()
  const attempt = run.flying[0]!.values[1]
  run.fail(1)
  run.begin()
  run.note(1, { a: ['new'] })
  run.note(1, { a: ['stale'] }, { attempt })
  run.ack(1)
  t.deepEqual(await inMetadata(folder, (one) => one.recordsOf(1)[0]!.partitions), { a: ['new'] })
  await run.coordinator.close()
})

test('the next life goes on behind what is over, and with a batch whose commit may have begun as it was', async (t) => {
  const folder = folderOf(t)
  const first = await started(t, { folder, tasks: 2 })
  first.begin()
  first.note(1, { a: [1] }, { task: 0 })
  first.note(1, { b: [1] }, { task: 1 })
  first.ack(1)
  first.ack(1)
  first.note(2, { a: [2] }, { task: 0 })
  first.note(2, { b: [3, 4] }, { task: 1 })
  first.ack(2)
  t.is(first.seen.at(-1), 'commit 2')
  await first.coordinator.close()

  const next = await started(t, { folder, tasks: 1 })
  next.begin()
  t.deepEqual(next.seen, ['batch 2', 'batch 3', 'batch 4'])
  const [brief] = next.takeBriefs()
  t.deepEqual(brief, {
    task: 1,
    whole: true,
    again: true,
    items: [
      ['at', 'a', 1],
      ['at', 'b', 1],
      ['again', 'a', 2],
      ['again', 'b', 3],
      ['again', 'b', 4],
    ],
  })
  t.true(next.flying[0]!.values[1] > 2 ** 20, 'its attempts are later ones')
  await next.coordinator.close()
})

test('where the run is to end, the next life takes for owed as many batches as may have been in flight', async (t) => {
  const run = await started(t, { checkpointed: 'begun' })
  run.coordinator.drain()
  run.begin()
  t.deepEqual(
    run.flying.map(({ values }) => [values[0], values[5]]),
    [1, 2, 3].map((txid) => [txid, true]),
  )
  run.whole(1, { a: [1] })
  run.begin()
  t.false(run.seen.includes('batch 4'))
  await run.coordinator.close()
})
