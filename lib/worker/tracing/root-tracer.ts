/**
 * Records of each root that is followed what this worker does with its tuples: when each was sent, arrived, executed
 * and settled.
 *
 * The law: it holds no tuple but one that is executed, and no more than a ring of records. The edge by which a tuple is
 * known is that with which it came, before its children are XORed into it. So it is kept from its execution on: of the
 * tuple that is executed, and by the tuple where that is over and it is not settled.
 */
import type { Tracer } from '../../executor/task/tracer.ts'
import type { SpansOf } from '../../messaging/spans.ts'
import { describeReason, type FailReason } from '../../topology/component/failure/fail-reason.ts'
import { parseRoot, rootText, spoutTaskOf, type TaskId } from '../../tuple/ids.ts'
import type { Anchor, Tuple, TupleSource } from '../../tuple/tuple.ts'
import type { Clock } from '../../util/time/clock.ts'
import { show } from '../../values/show.ts'
import { FailedIds } from './failed-ids.ts'
import { ARRIVED, BEGAN, type Edge, ENDED, SETTLED, SpanRing } from './span-ring.ts'

/** Characters of an error, and of the values of a tuple that has failed. */
const LONGEST_TEXT = 2000

/** What is said of a root at once: one that has failed, and all of one that was waited for. */
export interface Told {
  readonly root: string
  readonly state: 'emitted' | 'acked' | 'failed'
  /** It is the next one that was asked for. */
  readonly isNext: boolean
}

/** A tuple in its task: its places in the trees that are followed, as they were when its execution began. */
interface Visit {
  readonly task: TaskId
  readonly edges: readonly Edge[]
}

export class RootTracer implements Tracer {
  readonly mask: number
  seeks = false
  /** Of roots that are acked it is told, too. */
  tellsAcked = false
  readonly #clock: Clock
  readonly #tell: (told: Told) => void
  readonly #ring: SpanRing
  #inHand: (Visit & { readonly tuple: Tuple }) | undefined
  readonly #visits = new WeakMap<Tuple, Visit>()
  readonly #failed = new Map<TaskId, FailedIds>()
  #wantsNext = false
  #next: string | undefined

  /**
   * @param mask of the roots that are recorded
   * @param tell says of a root what must be known at once
   */
  constructor(mask: number, clock: Clock, tell: (told: Told) => void, ring = new SpanRing()) {
    this.mask = mask
    this.#clock = clock
    this.#tell = tell
    this.#ring = ring
  }

  /** The next root that a spout of this worker emits is followed, and told of. */
  wantNext(): void {
    this.#wantsNext = true
    this.#seek()
  }

  /** It is wanted no more: another worker had one. */
  leaveNext(): void {
    this.#wantsNext = false
    this.#seek()
  }

  /** What is known of a root; undefined where that is no id of one. */
  spansOf(root: string): SpansOf | undefined {
    const halves = parseRoot(root)
    const shift = (this.#clock.date?.() ?? this.#clock.now()) - this.#clock.now()
    return halves && this.#ring.of(halves[0], halves[1], (time) => time + shift)
  }

  has(rootLow: number): boolean {
    return (rootLow & this.mask) === this.mask
  }

  wants(task: TaskId, messageId: unknown): boolean {
    return this.#wantsNext || this.#failed.get(task)?.rootOf(messageId) !== undefined
  }

  emitted(
    source: TupleSource,
    rootHigh: number,
    rootLow: number,
    messageId: unknown,
    values: readonly unknown[],
  ): void {
    const ids = this.#failed.get(source.task)
    const replayOf = ids?.rootOf(messageId)
    const at = this.#clock.now()
    this.#ring.emitted(rootHigh, rootLow, { source, messageId, values, replayOf }, at)
    if (!this.seeks) return
    ids?.forget(messageId)
    const before = replayOf === undefined ? undefined : parseRoot(replayOf)
    if (before !== undefined) this.#ring.replayed(before[0], before[1], rootText(rootHigh, rootLow), at)
    const isNext = this.#wantsNext
    this.#wantsNext = false
    this.#seek()
    if (!isNext) return
    this.#next = rootText(rootHigh, rootLow)
    this.#tell({ root: this.#next, state: 'emitted', isNext: true })
  }

  verdict(rootHigh: number, rootLow: number, messageId: unknown, reason: FailReason | undefined): void {
    if (reason !== undefined) {
      this.#idsOf(rootHigh).failed(messageId, rootText(rootHigh, rootLow))
      this.#seek()
    }
    if (!this.has(rootLow)) return
    const why = reason === undefined ? undefined : cut(describeReason(reason))
    this.#ring.verdict(rootHigh, rootLow, why, this.#clock.now())
    if (reason === undefined && this.#next === undefined && !this.tellsAcked) return
    const root = rootText(rootHigh, rootLow)
    const isNext = root === this.#next
    if (isNext) this.#next = undefined
    if (isNext || reason !== undefined || this.tellsAcked)
      this.#tell({ root, state: reason === undefined ? 'acked' : 'failed', isNext })
  }

  sent(target: TaskId, tuple: Tuple, anchors: readonly Tuple[]): void {
    const at = this.#clock.now()
    if (tuple.more === undefined) this.#ring.sent(tuple, tuple.source, target, this.#parents(tuple, anchors), at)
    else
      for (const tree of this.#followed(tuple))
        this.#ring.sent(tree, tuple.source, target, this.#parents(tree, anchors), at)
  }

  arrived(target: TaskId, tuple: Tuple): void {
    const at = this.#clock.now()
    for (const tree of this.#followed(tuple)) this.#ring.visit(ARRIVED, tree, target, at)
  }

  began(task: TaskId, tuple: Tuple): void {
    this.#letGo()
    const edges = this.#followed(tuple).map(edgeOf)
    this.#inHand = { tuple, task, edges }
    const at = this.#clock.now()
    for (const edge of edges) this.#ring.visit(BEGAN, edge, task, at)
  }

  ended(tuple: Tuple): void {
    this.#visited(ENDED, tuple)
    if (this.#inHand?.tuple === tuple) this.#letGo()
  }

  settled(tuple: Tuple, reason: FailReason | undefined): void {
    if (reason === undefined) this.#visited(SETTLED, tuple)
    else if (this.#visitOf(tuple) !== undefined)
      this.#visited(SETTLED, tuple, {
        reason: cut(describeReason(reason)),
        values: show(tuple.toObject(), LONGEST_TEXT),
      })
  }

  #visited(time: number, tuple: Tuple, failure?: { reason: string; values: string }): void {
    const visit = this.#visitOf(tuple)
    if (visit === undefined) return
    const at = this.#clock.now()
    for (const edge of visit.edges) this.#ring.visit(time, edge, visit.task, at, failure)
  }

  /** The edges of the anchors in one tree. */
  #parents({ rootHigh, rootLow }: Anchor, anchors: readonly Tuple[]): readonly Edge[] {
    if (anchors.length === 0) return anchors
    // Nearly always a tuple is emitted with the one that is executed alone, and both are in one tree.
    const first = this.#visitOf(anchors[0]!)
    if (anchors.length === 1 && first?.edges.length === 1) return first.edges
    const edges = anchors.flatMap((anchor) => this.#visitOf(anchor)?.edges ?? [])
    return edges.filter((edge) => edge.rootLow === rootLow && edge.rootHigh === rootHigh)
  }

  /** The places of a tuple in the trees that are followed, as they are now. */
  #followed(tuple: Tuple): readonly Anchor[] {
    const trees = tuple.more === undefined ? [tuple] : [tuple, ...tuple.more]
    return trees.filter((tree) => this.#isFollowed(tree))
  }

  #isFollowed({ rootHigh, rootLow }: Anchor): boolean {
    return rootHigh !== 0 && this.has(rootLow)
  }

  #visitOf(tuple: Tuple): Visit | undefined {
    if (this.#inHand?.tuple === tuple) return this.#inHand
    return this.has(tuple.rootLow) ? this.#visits.get(tuple) : undefined
  }

  /** Spouts ask of each root whether it is wanted while one may be. */
  #seek(): void {
    this.seeks = this.#wantsNext || [...this.#failed.values()].some(({ size }) => size > 0)
  }

  /** The tuple in hand is no more. */
  #letGo(): void {
    const visit = this.#inHand
    if (visit === undefined) return
    if (!visit.tuple.settled) this.#visits.set(visit.tuple, { task: visit.task, edges: visit.edges })
    this.#inHand = undefined
  }

  #idsOf(rootHigh: number): FailedIds {
    const task = spoutTaskOf(rootHigh)
    let ids = this.#failed.get(task)
    if (ids === undefined) {
      ids = new FailedIds()
      this.#failed.set(task, ids)
    }
    return ids
  }
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`
}

function edgeOf({ rootHigh, rootLow, high, low }: Anchor): Edge {
  return { rootHigh, rootLow, high, low }
}
