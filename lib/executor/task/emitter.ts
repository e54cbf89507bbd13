/**
 * Where the tuples of one task go. Routes are made once, when the task is; emitting is a look-up and a loop.
 *
 * The law of the XOR: an edge is drawn for each target (and each anchor), goes with the tuple, and is XORed into the
 * anchor after the tuple was handed over; so an emit that throws leaves no edge behind that nobody can ack.
 *
 * An emit is all or nothing. What cannot be sent is found out when it is encoded for another worker, the same for each
 * of them, so tasks of other workers come before those of this one.
 */
import { traceOf } from '../../acker/trace.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { Grouping } from '../../grouping/grouping.ts'
import { type Counters, EMITTED, TRANSFERRED } from '../../stats/counters.ts'
import { alreadySettled } from '../../topology/component/hosting/refused-emits.ts'
import type { TaskHook } from '../../topology/component/task-context.ts'
import type { Fields } from '../../tuple/fields.ts'
import { NO_TASKS, type StreamId, spoutTaskOf, type TaskId } from '../../tuple/ids.ts'
import type { Emitted } from '../../tuple/row.ts'
import { DEFAULT_STREAM, isSystemId } from '../../tuple/system-ids.ts'
import { NOTE_SOURCE } from '../../tuple/system-sources.ts'
import { type Anchor, Tuple, type TupleSource } from '../../tuple/tuple.ts'
import { show } from '../../values/show.ts'
import { suggest } from '../../words/suggest.ts'
import { observe } from './executor.ts'
import type { ExecutorPorts } from './ports.ts'
import type { Tracer } from './tracer.ts'

/** Characters of a wrong name in a message. */
const LONGEST_SHOWN = 100

/** One stream of a task, with its routes. */
export interface OutputStream {
  readonly source: TupleSource
  /** Where the component's own declaration asks for it: what is emitted is validated by it. */
  readonly validates: Fields | undefined
  /** How many values a tuple of the stream has. */
  readonly width: number
  /** One for each subscriber; empty for a direct stream. */
  readonly groupings: readonly Grouping[]
  /** The tasks that can be named in emitDirect; undefined where the stream is not direct. */
  readonly directTargets: ReadonlySet<TaskId> | undefined
  /** Where its tuples are counted: see `countersOfStream`. */
  readonly counters: Counters
}

/** Whoever looks at what is emitted. */
export interface EmitTap {
  /** Hot. @param rootHigh with `rootLow` the root; 0: none, or several */
  emitted(task: TaskId, source: TupleSource, values: readonly unknown[], rootHigh: number, rootLow: number): void
}

export class Emitter {
  readonly task: TaskId
  /** Undefined while nobody looks. */
  tap: EmitTap | undefined = undefined
  /** Undefined where nothing that is emitted or settled now can be of a root that is followed. */
  tracer: Tracer | undefined = undefined
  readonly hooks: TaskHook[]
  readonly #ports: ExecutorPorts
  /** The counters of its task. */
  readonly counters: Counters
  readonly #streams: ReadonlyMap<StreamId, OutputStream>
  readonly #defaultStream: OutputStream | undefined

  constructor(
    task: TaskId,
    streams: ReadonlyMap<StreamId, OutputStream>,
    ports: ExecutorPorts,
    counters: Counters,
    hooks: TaskHook[],
  ) {
    this.task = task
    this.hooks = hooks
    this.#ports = ports
    this.counters = counters
    this.#streams = streams
    this.#defaultStream = streams.get(DEFAULT_STREAM)
  }

  /** @throws UNDECLARED_STREAM */
  stream(id: StreamId | undefined): OutputStream {
    const stream = id === undefined ? this.#defaultStream : this.#streams.get(id)
    if (stream === undefined) throw this.#undeclared(id ?? DEFAULT_STREAM)
    return stream
  }

  /** What was emitted on each of its streams, the runtime's left out. */
  get emitted(): { readonly stream: StreamId; readonly emitted: number; readonly transferred: number }[] {
    const own = [...this.#streams.values()].filter(({ source }) => !isSystemId(source.stream))
    return own.map(({ source, counters }) => ({
      stream: source.stream,
      emitted: counters[EMITTED]!,
      transferred: counters[TRANSFERRED]!,
    }))
  }

  /** The names of the fields of a stream, or of all of them; none where there is no such stream. */
  fieldsOf(id: StreamId | undefined): string[] {
    const streams = [...this.#streams].filter(([stream]) => !isSystemId(stream) && (id === undefined || stream === id))
    return streams.flatMap(([, { source }]) => source.fields.names)
  }

  /** The list of values of what was emitted. Hot for a list. @throws WRONG_VALUES */
  valuesOf(stream: OutputStream, emitted: Emitted): readonly unknown[] {
    if (Array.isArray(emitted) && emitted.length === stream.width && stream.validates === undefined) return emitted
    return (stream.validates ?? stream.source.fields).valuesOf(emitted, stream.source)
  }

  /** The tasks that these values go to. Hot. @throws NOT_DIRECT */
  route(stream: OutputStream, values: readonly unknown[]): readonly TaskId[] {
    const { groupings, source } = stream
    if (groupings.length === 1) {
      const targets = groupings[0]!.choose(values)
      return targets.length === 1 ? targets : this.#othersFirst(targets)
    }
    if (groupings.length > 1) return this.#othersFirst(groupings.flatMap((grouping) => grouping.choose(values)))
    if (stream.directTargets !== undefined) throw notDirect(source, 'is direct; use emitDirect')
    return NO_TASKS
  }

  /** The tasks of other workers before those of this one; the same list where it is so. */
  #othersFirst(targets: readonly TaskId[]): readonly TaskId[] {
    const { inboxes } = this.#ports
    let mine = 0
    let isSorted = true
    for (const target of targets) {
      if (inboxes[target] !== undefined) mine++
      else if (mine > 0) isSorted = false
    }
    if (isSorted) return targets
    return [
      ...targets.filter((target) => inboxes[target] === undefined),
      ...targets.filter((target) => inboxes[target] !== undefined),
    ]
  }

  /** @throws NOT_DIRECT */
  routeDirect(stream: OutputStream, target: TaskId): readonly TaskId[] {
    const { source, directTargets } = stream
    if (directTargets === undefined) throw notDirect(source, 'is not direct; use emit')
    if (!directTargets.has(target)) throw notDirect(source, `has no subscriber with the task ${target}`)
    return [target]
  }

  /** Sends into no tree. Hot. */
  sendUntracked(stream: OutputStream, values: readonly unknown[], targets: readonly TaskId[]): void {
    for (let i = 0; i < targets.length; i++)
      this.deliver(targets[i]!, new Tuple(values, stream.source, 0, 0, 0, 0, 0, undefined))
    this.sent(stream, values, targets, 0, 0)
  }

  /** Sends into the trees of one anchor. Hot. @throws ALREADY_SETTLED */
  sendAnchored(stream: OutputStream, values: readonly unknown[], targets: readonly TaskId[], anchor: Tuple): void {
    if (anchor.rootHigh === 0) this.sendUntracked(stream, values, targets)
    else if (anchor.more !== undefined) this.sendMultiAnchored(stream, values, targets, [anchor])
    else this.#sendIntoTree(stream, values, targets, anchor)
  }

  #sendIntoTree(stream: OutputStream, values: readonly unknown[], targets: readonly TaskId[], anchor: Tuple): void {
    if (anchor.settled) throw alreadySettled(stream.source.component)
    const { random, traceShifts, lanes } = this.#ports
    const { tracer } = this
    const isFollowed = tracer?.has(anchor.rootLow) === true
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i]!
      const high = random.int32()
      const low = random.int32()
      const trace = traceOf(low, lanes.mask, traceShifts[target]!)
      const tuple = new Tuple(values, stream.source, anchor.rootHigh, anchor.rootLow, high, low, trace, undefined)
      this.deliver(target, tuple)
      if (isFollowed) tracer.sent(target, tuple, [anchor])
      anchor.high ^= high
      anchor.low ^= low
      anchor.trace ^= trace
    }
    this.sent(stream, values, targets, anchor.rootHigh, anchor.rootLow)
  }

  /**
   * Sends into the trees of several anchors: one edge for each anchor, XORed into each of its roots. @throws
   * ALREADY_SETTLED
   */
  sendMultiAnchored(
    stream: OutputStream,
    values: readonly unknown[],
    targets: readonly TaskId[],
    anchors: readonly Tuple[],
  ): void {
    const tracked = anchors.filter((anchor) => anchor.rootHigh !== 0)
    if (tracked.length === 0) {
      this.sendUntracked(stream, values, targets)
      return
    }
    if (tracked.some((anchor) => anchor.settled)) throw alreadySettled(stream.source.component)
    const { tracer } = this
    for (const target of targets) {
      const edges = tracked.map((anchor) => this.#edgeTo(target, treesOf(anchor)))
      const [first, ...more] = this.#followedFirst(mergeEdges(edges.flat())) as [Anchor, ...Anchor[]]
      const { rootHigh, rootLow, high, low, trace } = first
      const others = more.length > 0 ? more : undefined
      const tuple = new Tuple(values, stream.source, rootHigh, rootLow, high, low, trace, others)
      this.deliver(target, tuple)
      if (tracer?.has(rootLow) === true) tracer.sent(target, tuple, tracked)
      for (const [index, anchor] of tracked.entries()) xorInto(treesOf(anchor), edges[index]![0]!)
    }
    this.sent(stream, values, targets, 0, 0)
  }

  /** Tells the spouts of a tuple's trees something: an edge of each. @throws ALREADY_SETTLED and as `deliver` */
  note(anchor: Tuple, value: unknown): void {
    if (anchor.rootHigh === 0) return
    if (anchor.settled) throw alreadySettled(anchor.source.component)
    const { random } = this.#ports
    for (const tree of treesOf(anchor)) {
      const { rootHigh, rootLow } = tree
      // The spout has no lane in the trace: it waits for nobody.
      const edge: Anchor = { rootHigh, rootLow, high: random.int32(), low: random.int32(), trace: 0 }
      const note = new Tuple([value], NOTE_SOURCE, rootHigh, rootLow, edge.high, edge.low, 0, undefined)
      this.deliver(spoutTaskOf(rootHigh), note)
      xorInto([tree], edge)
    }
  }

  /** Counts and shows what was sent. Hot. @param rootHigh with `rootLow` the root; 0: none, or several */
  sent(
    stream: OutputStream,
    values: readonly unknown[],
    tasks: readonly TaskId[],
    rootHigh: number,
    rootLow: number,
  ): void {
    const { counters } = stream
    counters[EMITTED]!++
    counters[TRANSFERRED]! += tasks.length
    const { hooks, tap } = this
    if (tap !== undefined) tap.emitted(this.task, stream.source, values, rootHigh, rootLow)
    if (hooks.length > 0)
      observe(hooks, this.#ports, stream.source, (hook) => hook.emit?.({ stream: stream.source.stream, values, tasks }))
  }

  /** Hands one tuple to its task, wherever that is. Hot. @throws CANNOT_ENCODE, TUPLE_TOO_LARGE */
  deliver(target: TaskId, tuple: Tuple): void {
    const inbox = this.#ports.inboxes[target]
    if (inbox !== undefined) inbox.push(tuple)
    else {
      this.#ports.transfer.send(target, tuple)
      // A bolt may emit from a timer or a promise: then no turn is about to end, and send what was gathered.
      this.#ports.wake()
    }
  }

  #edgeTo(target: TaskId, trees: readonly Anchor[]): Anchor[] {
    const { random, traceShifts, lanes } = this.#ports
    const high = random.int32()
    const low = random.int32()
    const trace = traceOf(low, lanes.mask, traceShifts[target]!)
    return trees.map(({ rootHigh, rootLow }) => ({ rootHigh, rootLow, high, low, trace }))
  }

  /** The first root of a tuple says whether it is followed. */
  #followedFirst(trees: readonly Anchor[]): readonly Anchor[] {
    const { tracer } = this
    if (tracer === undefined) return trees
    return [
      ...trees.filter(({ rootLow }) => tracer.has(rootLow)),
      ...trees.filter(({ rootLow }) => !tracer.has(rootLow)),
    ]
  }

  #undeclared(id: StreamId): TyphoonError {
    if (typeof id !== 'string')
      return new TyphoonError(
        'UNDECLARED_STREAM',
        `the name of a stream must be a text, not ${show(id, LONGEST_SHOWN)}`,
        {
          hint: 'the values come first, and the stream comes last',
        },
      )
    const known = [...this.#streams.keys()].filter((stream) => !isSystemId(stream))
    return new TyphoonError('UNDECLARED_STREAM', `the stream "${id}" is not declared`, {
      where: { stream: id },
      hint: suggest(id, known),
    })
  }
}

/** The places of a tuple in all its trees. */
export function treesOf(tuple: Tuple): readonly Anchor[] {
  return tuple.more === undefined ? [tuple] : [tuple, ...tuple.more]
}

function xorInto(trees: readonly Anchor[], edge: Anchor): void {
  for (const tree of trees) {
    tree.high ^= edge.high
    tree.low ^= edge.low
    tree.trace ^= edge.trace
  }
}

/** One edge per root: where several anchors are in one tree, their edges are XORed. */
function mergeEdges(edges: readonly Anchor[]): Anchor[] {
  const merged = new Map<number, Anchor[]>()
  for (const edge of edges) {
    const alike = merged.get(edge.rootLow)
    const same = alike?.find((other) => other.rootHigh === edge.rootHigh)
    if (same !== undefined) xorInto([same], edge)
    else if (alike === undefined) merged.set(edge.rootLow, [{ ...edge }])
    else alike.push({ ...edge })
  }
  return [...merged.values()].flat()
}

function notDirect(source: TupleSource, what: string): TyphoonError {
  return new TyphoonError('NOT_DIRECT', `the stream "${source.stream}" of "${source.component}" ${what}`)
}
