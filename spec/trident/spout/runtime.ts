/**
 * What Typhoon does with a partitioned spout, without Typhoon: batches in flight, commits in order, replays, tasks that
 * begin anew with nothing but the metas that were stored, as JSON. It checks on its way that a transactional replay has
 * the same rows.
 */
import assert from 'node:assert/strict'
import type {
  BatchCollector,
  OpaquePartitionedTridentSpout,
  PartitionCoordinator,
  PartitionEmitter,
  PartitionedTridentSpout,
  TransactionalEmitter,
} from '../../../lib/trident/model/spout.ts'
import { Prng } from '../../../lib/util/prng.ts'
import { hashValue, slotOf } from '../../../lib/values/hash.ts'
import { FakeContext } from '../../components/fakes.ts'

/** A partitioned spout of either kind. */
export type PartitionedSpout = PartitionedTridentSpout | OpaquePartitionedTridentSpout

/** Notes down; has room for so many rows. */
export class Rows implements BatchCollector {
  readonly rows: (readonly unknown[])[] = []
  readonly errors: unknown[] = []
  readonly givenUp: { readonly values: unknown; readonly messageId: unknown }[] = []
  limit: number

  constructor(limit = Number.POSITIVE_INFINITY) {
    this.limit = limit
  }

  emit(row: any): void {
    this.rows.push(row)
  }

  giveUp(values: unknown, messageId: unknown): void {
    this.givenUp.push({ values, messageId })
  }

  reportError(error: unknown): void {
    this.errors.push(error)
  }

  get hasRoom(): boolean {
    return this.rows.length < this.limit
  }
}

/** What a batch has of one partition. */
interface Share {
  /** As JSON, as they are stored. */
  metas: string[]
  rows: (readonly unknown[])[]
}

interface FlyingBatch {
  readonly txid: number
  attempt: number
  readonly shares: Map<string, Share>
}

export class Runtime {
  readonly context: FakeContext
  /** By partition, in the order of the commits. */
  readonly committed = new Map<string, (readonly unknown[])[]>()
  readonly errors: unknown[] = []
  partitions: readonly string[] = []
  replays = 0
  readonly #spout: PartitionedSpout
  readonly #random: Prng
  readonly #tasks: (PartitionEmitter | undefined)[]
  #coordinator: PartitionCoordinator | undefined
  readonly #last = new Map<string, string>()
  readonly #flying: FlyingBatch[] = []
  #txid = 0

  constructor(spout: PartitionedSpout, seed: number, tasks: number) {
    this.#spout = spout
    this.#random = new Prng(seed)
    this.#tasks = Array.from({ length: tasks })
    this.context = new FakeContext({ tasks, seed })
  }

  /** Does something at random: begins a batch, commits one, fails some, kills a task, lets time pass. */
  async step(): Promise<void> {
    const dice = this.#random.below(10)
    if (dice < 4) await this.begin()
    else if (dice < 7) this.commit()
    else if (dice === 7) await this.failFrom(this.#random.below(this.#flying.length + 1))
    else if (dice === 8) this.kill(this.#random.below(this.#tasks.length))
    else this.context.advance(this.#random.below(500))
  }

  /** Commits all that is in flight, and more until the spout is exhausted. */
  async finish(): Promise<void> {
    for (let batches = 0; !(await this.isExhausted()); batches++) {
      assert(batches < 10_000, 'the spout ends')
      await this.begin()
      this.commit()
      this.context.advance(100)
    }
    while (this.#flying.length > 0) this.commit()
  }

  /** Commits all that is in flight, and more until nothing has come for long: for a spout that is endless. */
  async idle(): Promise<void> {
    const count = (): number => [...this.committed.values()].reduce((sum, rows) => sum + rows.length, 0)
    for (let idle = 0, before = -1; idle < 20; idle = count() === before ? idle + 1 : 0) {
      before = count()
      this.context.advance(100)
      await this.begin()
      this.commit()
    }
    while (this.#flying.length > 0) this.commit()
  }

  async begin(): Promise<void> {
    if (this.#flying.length >= 4) return
    const batch: FlyingBatch = { txid: ++this.#txid, attempt: 0, shares: new Map() }
    this.#flying.push(batch)
    await this.#emit(batch)
  }

  commit(): void {
    const batch = this.#flying.shift()
    for (const [partition, { metas, rows }] of batch?.shares ?? []) {
      this.committed.set(partition, [...(this.committed.get(partition) ?? []), ...rows])
      if (metas.length > 0) this.#last.set(partition, metas.at(-1)!)
    }
  }

  /**
   * A batch fails, and all after it; of some partitions nothing had been stored of it, and so nothing of what came
   * after.
   */
  async failFrom(index: number): Promise<void> {
    const failed = this.#flying.slice(index)
    const lost = new Set<string>()
    for (const batch of failed) {
      batch.attempt += 1 + this.#random.below(2)
      for (const partition of batch.shares.keys()) {
        if (lost.has(partition) || this.#random.below(4) === 0) {
          lost.add(partition)
          batch.shares.delete(partition)
        }
      }
    }
    for (const batch of failed) {
      this.replays++
      await this.#emit(batch)
    }
  }

  kill(task: number): void {
    this.#tasks[task] = undefined
    if (task === 0) this.#coordinator = undefined
  }

  async isExhausted(): Promise<boolean> {
    await this.#list()
    for (const partition of this.partitions) {
      const emitter = await this.#emitterOf(partition)
      if (emitter.isExhausted?.(partition, this.#lastBefore(this.#flying.length, partition)) !== true) return false
    }
    return true
  }

  async #emit(batch: FlyingBatch): Promise<void> {
    await this.#list()
    for (const partition of this.partitions) {
      const share = batch.shares.get(partition)
      // That nothing was emitted is stored as well: otherwise the replay would emit what the batch after it has.
      if (this.#spout.kind === 'transactional' && share !== undefined) {
        await this.#replay(batch, partition, share)
      } else {
        batch.shares.set(partition, await this.#emitNew(batch, partition))
      }
    }
  }

  async #replay({ txid, attempt }: FlyingBatch, partition: string, { metas, rows }: Share): Promise<void> {
    const emitter = (await this.#emitterOf(partition)) as TransactionalEmitter
    const collector = new Rows(0)
    for (const meta of metas) {
      await emitter.emitPartitionBatch({ txid, attempt }, collector, partition, JSON.parse(meta))
    }
    assert.deepEqual(collector.rows, rows, `a replay of batch ${txid} has the same rows of ${partition}`)
  }

  async #emitNew(batch: FlyingBatch, partition: string): Promise<Share> {
    const { txid, attempt } = batch
    const emitter = await this.#emitterOf(partition)
    const share: Share = { metas: [], rows: [] }
    let last = this.#lastBefore(this.#flying.indexOf(batch), partition)
    for (let calls = this.#random.below(4); calls > 0; calls--) {
      if (emitter.isExhausted?.(partition, last)) break
      const collector = new Rows(this.#random.below(120))
      last = await emitter.emitPartitionBatchNew({ txid, attempt }, collector, partition, last)
      this.errors.push(...collector.errors)
      if (last === undefined) {
        assert.deepEqual(collector.rows, [], 'a call without a meta has emitted nothing')
        break
      }
      assert(collector.rows.length > 0, 'a call with a meta has emitted something')
      share.metas.push(JSON.stringify(last))
      share.rows.push(...collector.rows)
    }
    return share
  }

  /** The meta of the call before a batch, undefined at the beginning of the partition. */
  #lastBefore(index: number, partition: string): any {
    const metas = this.#flying.slice(0, index).flatMap(({ shares }) => shares.get(partition)?.metas ?? [])
    const json = metas.at(-1) ?? this.#last.get(partition)
    return json === undefined ? undefined : JSON.parse(json)
  }

  async #list(): Promise<void> {
    this.#coordinator ??= await this.#spout.getCoordinator(this.context)
    this.partitions = await this.#coordinator.getPartitionsForBatch()
    assert.equal(new Set(this.partitions).size, this.partitions.length, 'no partition is listed twice')
  }

  async #emitterOf(partition: string): Promise<PartitionEmitter> {
    const task = slotOf(hashValue(partition), this.#tasks.length)
    this.#tasks[task] ??= await this.#spout.getEmitter(this.context)
    return this.#tasks[task]
  }
}
