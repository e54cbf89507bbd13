/**
 * The tasks of the spouts of a batch group, as their coordinator deals with them: what they get before a batch, what
 * they have noted of it, and the partitions that they share out.
 */
import { type SpoutOutputCollector, type TaskContext, TyphoonError } from '../../../index.ts'
import { BRIEF_STREAM } from '../../plan/batch-streams.ts'
import type { EmissionOf } from '../exchange/emission-record.ts'
import type { SpoutNote } from '../exchange/spout-notes.ts'
import type { Metadata } from '../metadata/metadata.ts'
import { Briefing } from './briefing.ts'
import { Emissions, regrouped } from './emissions.ts'
import { type ListedSpout, PartitionLists } from './partition-lists.ts'

/** Briefs of one coordinator; those of a later one have greater numbers. */
const BRIEFS = 2 ** 32

/** A spout whose tasks get briefs. */
export interface ToldSpout {
  readonly txId: string
  readonly component: string
  /** Undefined for a spout without partitions. */
  readonly listed: ListedSpout | undefined
}

export class SpoutTasks {
  readonly lists: PartitionLists
  readonly #spouts: readonly ToldSpout[]
  readonly #context: TaskContext
  readonly #metadata: Metadata
  readonly #emissions = new Emissions()
  readonly #briefing: Briefing
  /** How many tasks emit. */
  readonly #emitters: number

  /** @param epoch of the coordinator */
  constructor(
    spouts: readonly ToldSpout[],
    context: TaskContext,
    collector: SpoutOutputCollector<any, any>,
    metadata: Metadata,
    epoch: number,
  ) {
    this.#spouts = spouts
    this.#context = context
    this.#metadata = metadata
    this.#emitters = spouts.reduce((sum, { component }) => sum + context.tasksOf(component).length, 0)
    this.lists = new PartitionLists(context, metadata, (error) => collector.reportError(error))
    this.#briefing = new Briefing(
      spouts.map(({ txId, component, listed }) => ({
        txId,
        tasks: context.tasksOf(component),
        replays: listed?.isTransactional === true,
        partitions: () => this.lists.partitionsOf(txId),
      })),
      {
        emissions: (txid, spout) => this.#emissions.of(txid, spout),
        positionsBefore: (txid, spout, names) =>
          new Map([...metadata.positions(spout, names), ...this.#emissions.positionsBefore(txid, spout)]),
      },
      epoch * BRIEFS,
      context.config['topology.frame.max.bytes'],
      (task, values) => collector.emitDirect(task, values, undefined, BRIEF_STREAM),
    )
  }

  /** Takes up where an earlier life has ended. @returns whether a commit of the next batch may have begun in it */
  async open(): Promise<boolean> {
    for (const { listed } of this.#spouts) if (listed !== undefined) await this.lists.add(listed)
    const { current } = this.#metadata
    const records = this.#metadata.recordsOf(current)
    for (const { txId, component } of this.#spouts) {
      const partitions = this.lists.partitionsOf(txId)
      const tasks = this.#context.tasksOf(component).length
      const own = records.filter(({ spout }) => spout === txId)
      const ofTasks = partitions && regrouped(own, tasks, (name) => partitions.taskOf(name, tasks))
      this.#emissions.restore(current, ofTasks ?? own)
    }
    return records.length > 0
  }

  /** Whether the tasks know where the batch begins; else all that are before it must be processed when it begins. */
  know(txid: number): boolean {
    return this.#briefing.follows(txid)
  }

  /** Tells the tasks what the batch rests on. @returns the number of its brief */
  tell(txid: number): number {
    return this.#briefing.tell(txid)
  }

  /** An attempt begins. */
  begin(txid: number, attempt: number): void {
    this.#emissions.begin(txid, attempt)
  }

  /** A task tells something of a batch. */
  heard(note: SpoutNote): void {
    this.#emissions.note(note)
  }

  /** What was emitted into a batch, as far as it is known. */
  emissions(txid: number): readonly EmissionOf[] {
    return this.#emissions.of(txid)
  }

  /** Whether it is known what all tasks have emitted into a batch, in this attempt or an earlier one. */
  areAllIn(emissions: readonly EmissionOf[]): boolean {
    return emissions.length === this.#emitters
  }

  /**
   * A batch is processed.
   * @returns whether all tasks have reported their part of it, without which the topology fails
   */
  haveTold(txid: number): boolean {
    const isSo = this.#emissions.heard(txid) === this.#emitters
    // What is not known here would be passed over.
    if (!isSo) this.#context.fail(new TyphoonError('INTERNAL', `batch ${txid} is processed, and a part of it unknown`))
    return isSo
  }

  /** A batch has failed, and all behind it. */
  failed(): void {
    this.#briefing.forget()
  }

  /** A batch is over. */
  over(txid: number): void {
    this.#emissions.forget(txid)
  }
}
