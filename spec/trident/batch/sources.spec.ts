/** What spouts with partitions emit into a batch, and into its replay, as their coordinator tells it. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import { Briefing } from '../../../lib/trident/batch/coordinator/briefing.ts'
import { Emissions } from '../../../lib/trident/batch/coordinator/emissions.ts'
import { checkPartitions } from '../../../lib/trident/batch/coordinator/partition-lists.ts'
import { BriefCase, type BriefValues } from '../../../lib/trident/batch/exchange/brief.ts'
import { recordNotes } from '../../../lib/trident/batch/exchange/spout-notes.ts'
import { Partitions } from '../../../lib/trident/batch/metadata/partitions.ts'
import { PartitionedSource } from '../../../lib/trident/batch/source/sources.ts'
import { MemoryTransactionalSpout, OpaqueMemoryTransactionalSpout } from '../../../lib/trident/index.ts'

type Kind = 'transactional' | 'opaque'

/** A spout of three partitions and its coordinator, without the rest of Typhoon. */
class Group {
  readonly #tasks: Task[]
  readonly #kind: Kind
  readonly #emissions = new Emissions()
  readonly #briefing: Briefing
  #partitions: Partitions

  constructor(kind: Kind, { tasks = 1, partitions = ['0', '1', '2'] } = {}) {
    this.#kind = kind
    this.#partitions = new Partitions({ known: partitions, listed: partitions })
    this.#tasks = Array.from({ length: tasks }, () => new Task(kind))
    const spout = {
      txId: 's',
      tasks: this.#tasks.map((_, index) => index),
      replays: kind === 'transactional',
      partitions: () => this.#partitions,
    }
    const batches = {
      emissions: (txid: number, name: string) => this.#emissions.of(txid, name),
      positionsBefore: (txid: number, name: string) => this.#emissions.positionsBefore(txid, name),
    }
    this.#briefing = new Briefing([spout], batches, 0, 65_536, (task, values) => this.#tasks[task]!.told(values))
  }

  /** Begins an attempt, which all tasks emit. @param room how many rows a call may emit */
  async emit(txid: number, attempt = 1, room = Number.POSITIVE_INFINITY): Promise<string[]> {
    if (attempt > 1) this.#briefing.forget()
    const number = this.#briefing.tell(txid)
    this.#emissions.begin(txid, attempt)
    const all: string[] = []
    for (const [task, one] of this.#tasks.entries()) {
      const { rows, ...of } = await one.emit(txid, attempt, number, room)
      all.push(...rows)
      const emission = { rows: rows.length, ...of }
      for (const note of recordNotes({ spout: 's', task, txid, attempt }, emission, 65_536)) this.#emissions.note(note)
    }
    return all
  }

  /** A task is started anew. */
  restart(task: number): void {
    this.#tasks[task] = new Task(this.#kind)
    this.#briefing.forget()
  }

  list(...listed: string[]): void {
    const known = [...new Set([...this.#partitions.known, ...listed])]
    this.#partitions = new Partitions({ known, listed })
  }

  get isReplay(): boolean {
    return this.#tasks.every(({ source }) => source.isReplay)
  }
}

class Task {
  readonly source: PartitionedSource
  readonly #briefs = new BriefCase()

  constructor(kind: Kind) {
    const rows = ['a', 'b', 'c'].map((name) => Array.from({ length: 9 }, (_, row) => [`${name}${row}`]))
    const Spout = kind === 'opaque' ? OpaqueMemoryTransactionalSpout : MemoryTransactionalSpout
    this.source = new PartitionedSource(new Spout(fields('row'), 2, rows).getEmitter())
  }

  told(values: BriefValues): void {
    this.#briefs.add(values)
  }

  async emit(txid: number, attempt: number, brief: number, room: number) {
    const { source } = this
    const rows: string[] = []
    let end = 0
    const collector = {
      emit: ([row]: readonly unknown[]) => void rows.push(String(row)),
      giveUp: () => {},
      reportError: () => {},
      get hasRoom() {
        return rows.length < end
      },
    }
    source.begin({ txid, attempt }, true, this.#briefs.take(brief))
    do end = rows.length + room
    while (await source.step({ txid, attempt }, collector))
    return { rows, ...source.emission() }
  }
}

test('a transactional spout replays a batch as it was, and goes on behind it', async (t) => {
  const group = new Group('transactional')
  const [first, second] = [await group.emit(1), await group.emit(2)]
  t.deepEqual(first, ['a0', 'a1', 'b0', 'b1', 'c0', 'c1'])
  t.deepEqual(await group.emit(1, 2), first)
  t.deepEqual(await group.emit(2, 2), second)
  t.deepEqual(await group.emit(3), ['a4', 'a5', 'b4', 'b5', 'c4', 'c5'])
})

test('a transactional spout replays a batch whole, though there is room for none of it', async (t) => {
  const group = new Group('transactional')
  const first = await group.emit(1)
  group.restart(0)
  t.deepEqual(await group.emit(1, 2, 0), first)
  t.true(group.isReplay)
})

test('several tasks take each its own partitions', async (t) => {
  const group = new Group('transactional', { tasks: 2 })
  t.deepEqual((await group.emit(1)).sort(), ['a0', 'a1', 'b0', 'b1', 'c0', 'c1'])
})

test('an opaque spout replays a batch with other rows, and no row is passed over or comes again behind it', async (t) => {
  const group = new Group('opaque')
  const first = await group.emit(1, 1)
  await group.emit(2, 1)
  const replayed = await group.emit(1, 2)
  t.notDeepEqual(replayed, first)
  const all = [replayed]
  for (let txid = 2; txid < 9; txid++) all.push(await group.emit(txid, 2))
  t.deepEqual(
    all.flat().sort(),
    ['a', 'b', 'c'].flatMap((name) => Array.from({ length: 9 }, (_, row) => `${name}${row}`)),
  )
})

test('a task that is started anew goes on where its coordinator says', async (t) => {
  for (const kind of ['transactional', 'opaque'] as const) {
    const group = new Group(kind)
    const taken = [...(await group.emit(1)), ...(await group.emit(2))]
    group.restart(0)
    const next = await group.emit(3)
    t.deepEqual(
      next.filter((row) => taken.includes(row)),
      [],
    )
    t.true(next.length > 0)
  }
})

test('a partition that appears is read from the next batch on, and one that comes back from where it was', async (t) => {
  const group = new Group('transactional', { partitions: ['0'] })
  t.deepEqual(await group.emit(1), ['a0', 'a1'])
  group.list('0', '2')
  t.deepEqual(await group.emit(2), ['a2', 'a3', 'c0', 'c1'])
  group.list('0')
  t.deepEqual(await group.emit(3), ['a4', 'a5'])
  group.list('2', '0')
  t.deepEqual(await group.emit(4), ['c2', 'c3', 'a6', 'a7'])
})

test('a partition that has vanished is said by its name', (t) => {
  t.notThrows(() => checkPartitions('s', ['a'], ['b', 'a']))
  const error = t.throws(() => checkPartitions('s', ['a', 'b', 'c'], ['b']))
  t.is((error as { code?: string }).code, 'PARTITION_GONE')
})
