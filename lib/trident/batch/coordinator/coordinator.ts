/**
 * Begins the batches of a group, commits them in the order of their numbers, and begins those again that failed: the
 * only real spout of its batch group. Rules: apache/storm `MasterBatchCoordinator.java`,
 * `TridentSpoutCoordinator.java`.
 *
 * The promises: transaction n is committed only after n - 1; a failed one comes again with the same number and a higher
 * attempt, and with it all later ones in flight; where its worker dies, the next coordinator goes on where this one
 * was. It alone has the metadata of its group: it tells the spouts' tasks what they must know (`briefing.ts`), and
 * hears by notes what they have emitted, which it writes before a commit begins.
 *
 * Here is the spout, and how it is opened; what it does from then on stands in `open-coordinator.ts`.
 */
import {
  type ConfigMap,
  type FailReason,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TyphoonError,
} from '../../../index.ts'
import { BATCH_FIELDS, BRIEF, COMMIT_FIELDS, SUCCESS_FIELDS } from '../../plan/batch-streams.ts'
import type { SpoutNote } from '../exchange/spout-notes.ts'
import { openPatiently } from '../failure/outage.ts'
import { openMetadata } from '../metadata/open-metadata.ts'
import { type CoordinatorParts, type CoordinatorStreams, OpenCoordinator } from './open-coordinator.ts'
import type { Phase } from './phase.ts'
import { SpoutTasks } from './spout-tasks.ts'
import { Transactions } from './transactions.ts'

/** Checkpoint of a coordinator that has begun. */
const BEGUN = 'begun'

export class Coordinator extends Spout<CoordinatorStreams, Phase> {
  override readonly outputs = { batch: BATCH_FIELDS, brief: BRIEF, commit: COMMIT_FIELDS, success: SUCCESS_FIELDS }
  readonly #parts: CoordinatorParts
  /** What closes all that was opened, the last first; also where `open` has failed. */
  readonly #closing: (() => Promise<void>)[] = []
  #opened!: OpenCoordinator

  constructor(parts: CoordinatorParts) {
    super()
    this.#parts = parts
  }

  override getComponentConfiguration(): ConfigMap {
    return { 'topology.max.spout.pending': null }
  }

  override checkFiles(codeDir: string): void {
    for (const { checkFiles } of this.#parts.spouts) checkFiles(codeDir)
  }

  override async open(context: TaskContext, collector: SpoutOutputCollector<CoordinatorStreams, Phase>): Promise<void> {
    const { group, spouts, volatile } = this.#parts
    if (context.config['topology.acker.executors'] === 0) throw withoutAckers()
    const report = (error: unknown): void => collector.reportError(error)
    const { metadata, close } = await openPatiently(context, report, () => openMetadata(context, group, volatile))
    this.#closing.unshift(close)
    const epoch = await openPatiently(context, report, () => {
      if (volatile) metadata.forgetUnlessOf(context.run)
      return metadata.beginEpoch()
    })
    const transactions = new Transactions(metadata.current, epoch)
    const tasks = new SpoutTasks(spouts, context, collector, metadata, epoch)
    this.#closing.unshift(() => tasks.lists.close())
    const hasBegun = await tasks.open()
    const opened = new OpenCoordinator(this.#parts, { context, collector, metadata, transactions, tasks, hasBegun })
    this.#closing.unshift(() => opened.close())
    this.#opened = opened
    context.checkpoint(BEGUN)
  }

  nextTuple(): void | Promise<void> {
    return this.#opened.nextTuple()
  }

  override noted(note: SpoutNote): void {
    this.#opened.noted(note)
  }

  override ack(phase: Phase): void {
    this.#opened.ack(phase)
  }

  override fail(phase: Phase, reason: FailReason): void {
    this.#opened.fail(phase, reason)
  }

  /** The run is to end: what was begun is committed, and spouts without partitions are asked for what they owe. */
  override drain(): void {
    this.#opened.drain()
  }

  override isExhausted(): boolean {
    return this.#opened.isExhausted
  }

  override async close(): Promise<void> {
    for (const close of this.#closing) await close()
  }
}

function withoutAckers(): TyphoonError {
  return new TyphoonError(
    'BAD_CONFIG',
    'topology.acker.executors is 0, and Trident needs ackers: they say when a batch is complete',
  )
}
