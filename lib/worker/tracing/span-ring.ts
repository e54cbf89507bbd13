/**
 * What a worker has recorded of the roots that are followed: the last so many things, whosever they are.
 *
 * The law: what is recorded is numbers in a ring that is made once, and what lives anyhow. A record that is an object
 * survives until it is overwritten: at many tuples in a second collecting such garbage costs more than recording.
 */
import type { Span, SpansOf } from '../../messaging/spans.ts'
import { rootText, type TaskId } from '../../tuple/ids.ts'
import type { Anchor, TupleSource } from '../../tuple/tuple.ts'
import { show } from '../../values/show.ts'
import { encode } from '../../values/text.ts'

/** Where an edge is, in which tree. */
export type Edge = Pick<Anchor, 'rootHigh' | 'rootLow' | 'high' | 'low'>

/** What happens to a tuple in its task, by kind of row. */
const VISIT_TIMES = ['arrived', 'began', 'ended', 'settled'] as const
/** It has come from another worker. */
export const ARRIVED = 0
/** Its execution begins. */
export const BEGAN = 1
/** Its execution is over. */
export const ENDED = 2
/** It is acked, or has failed. */
export const SETTLED = 3
/** The other kinds of rows. */
const SENT = VISIT_TIMES.length
const EMITTED = SENT + 1
const VERDICT = SENT + 2
const REPLAYED = SENT + 3

/** The columns of a row. */
const KIND = 0
const ROOT_HIGH = 1
const ROOT_LOW = 2
const HIGH = 3
const LOW = 4
/** The edge of an anchor, in a row that says so; one with several anchors in a tree has a row for each. */
const HAS_PARENT = 5
const PARENT_HIGH = 6
const PARENT_LOW = 7
const TASK = 8
const COLUMNS = 9

/** What is answered of one root, at most. */
const MOST_OF_ROOT = 2000
/** Characters of a message id. */
const LONGEST_ID = 200
/** Characters of the values of a root. */
const LONGEST_VALUES = 16_384

/** Why a tuple failed, and its values then. */
interface Failure {
  readonly reason: string
  readonly values: string
}

/** Who has emitted a root. */
interface Origin {
  readonly source: TupleSource
  readonly messageId: unknown
  readonly values: unknown
  readonly replayOf: string | undefined
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type VisitSpan = Mutable<Extract<Span, { readonly is: 'visit' }>>
type SentSpan = Mutable<Extract<Span, { readonly is: 'sent' }>>

export class SpanRing {
  readonly #most: number
  readonly #rows: Int32Array
  readonly #times: Float64Array
  /** What is no number of a row. */
  readonly #more: unknown[] = []
  /** Rows that were ever written. */
  #written = 0

  /** @param most rows; the oldest are overwritten */
  constructor(most = 131_072) {
    this.#most = most
    this.#rows = new Int32Array(most * COLUMNS)
    this.#times = new Float64Array(most)
  }

  /** A tuple was handed over to a task. @param parents the edges of its anchors in this tree */
  sent(edge: Edge, source: TupleSource, target: TaskId, parents: readonly Edge[], at: number): void {
    if (parents.length === 0) this.#add(SENT, edge, target, source, at)
    for (const { high, low } of parents) {
      const row = this.#add(SENT, edge, target, source, at)
      this.#rows[row + HAS_PARENT] = 1
      this.#rows[row + PARENT_HIGH] = high
      this.#rows[row + PARENT_LOW] = low
    }
  }

  /** @param kind one of the four above */
  visit(kind: number, edge: Edge, task: TaskId, at: number, failure?: Failure): void {
    this.#add(kind, edge, task, failure, at)
  }

  /** A root has left. */
  emitted(rootHigh: number, rootLow: number, origin: Origin, at: number): void {
    const messageId = knownId(origin.messageId)
    const { source, replayOf, values } = origin
    const kept: Origin = {
      ...{ source, replayOf },
      messageId: isSmall(messageId) ? messageId : new Shown(show(messageId, LONGEST_ID)),
      values: Array.isArray(values) && values.every(isSmall) ? values : new Shown(textOf(values) ?? ''),
    }
    this.#add(EMITTED, { rootHigh, rootLow, high: 0, low: 0 }, origin.source.task, kept, at)
  }

  /** A root has its verdict. @param reason why it failed; undefined: it is acked */
  verdict(rootHigh: number, rootLow: number, reason: string | undefined, at: number): void {
    this.#add(VERDICT, { rootHigh, rootLow, high: 0, low: 0 }, 0, reason, at)
  }

  /** The message id of a root was emitted again, as the root `as`. */
  replayed(rootHigh: number, rootLow: number, as: string, at: number): void {
    this.#add(REPLAYED, { rootHigh, rootLow, high: 0, low: 0 }, 0, as, at)
  }

  /** What is known of a root, the oldest first. @param toDate makes a date of a time of the clock */
  of(rootHigh: number, rootLow: number, toDate: (time: number) => number): SpansOf {
    const rows = this.#rows
    const spans: Span[] = []
    const visits = new Map<string, VisitSpan>()
    let sent: SentSpan | undefined
    let left = 0
    for (let written = Math.max(0, this.#written - this.#most); written < this.#written; written++) {
      const slot = written % this.#most
      const row = slot * COLUMNS
      if (rows[row + ROOT_LOW] !== rootLow || rows[row + ROOT_HIGH] !== rootHigh) continue
      const edge = rootText(rows[row + HIGH]!, rows[row + LOW]!)
      const known = rows[row + KIND] === SENT ? sent?.edge === edge : visits.has(edge)
      if (!known && spans.length >= MOST_OF_ROOT) left++
      else if (rows[row + KIND]! < SENT) this.#visited(slot, edge, visits, spans, toDate)
      else if (rows[row + KIND] === SENT) sent = this.#sentSpan(slot, edge, sent, spans, toDate)
      else spans.push(this.#rootSpan(slot, toDate(this.#times[slot]!)))
    }
    return { root: rootText(rootHigh, rootLow), spans, isCut: left > 0 }
  }

  /** @returns where the row begins */
  #add(kind: number, { rootHigh, rootLow, high, low }: Edge, task: TaskId, more: unknown, at: number): number {
    const slot = this.#written++ % this.#most
    const row = slot * COLUMNS
    const rows = this.#rows
    rows[row + KIND] = kind
    rows[row + ROOT_HIGH] = rootHigh
    rows[row + ROOT_LOW] = rootLow
    rows[row + HIGH] = high
    rows[row + LOW] = low
    rows[row + HAS_PARENT] = 0
    rows[row + TASK] = task
    this.#times[slot] = at
    this.#more[slot] = more
    return row
  }

  /** All times of a visit are one span, where the first of them stands. */
  #visited(
    slot: number,
    edge: string,
    visits: Map<string, VisitSpan>,
    spans: Span[],
    toDate: (time: number) => number,
  ): void {
    const row = slot * COLUMNS
    let span = visits.get(edge)
    if (span === undefined) {
      span = { is: 'visit', edge, task: this.#rows[row + TASK]! }
      visits.set(edge, span)
      spans.push(span)
    }
    span[VISIT_TIMES[this.#rows[row + KIND]!]!] = toDate(this.#times[slot]!)
    const failure = this.#more[slot] as Failure | undefined
    if (failure !== undefined) Object.assign(span, failure)
  }

  /** Rows of one tuple follow each other. @param before the span of the last one */
  #sentSpan(
    slot: number,
    edge: string,
    before: SentSpan | undefined,
    spans: Span[],
    toDate: (time: number) => number,
  ): SentSpan {
    const row = slot * COLUMNS
    const rows = this.#rows
    const parents = rows[row + HAS_PARENT] === 1 ? [rootText(rows[row + PARENT_HIGH]!, rows[row + PARENT_LOW]!)] : []
    if (before?.edge === edge) {
      before.parents = [...before.parents, ...parents]
      return before
    }
    const { task, stream } = this.#more[slot] as TupleSource
    const at = toDate(this.#times[slot]!)
    const span: SentSpan = { is: 'sent', edge, parents, task, stream, target: rows[row + TASK]!, at }
    spans.push(span)
    return span
  }

  #rootSpan(slot: number, at: number): Span {
    const more = this.#more[slot]
    switch (this.#rows[slot * COLUMNS + KIND]) {
      case EMITTED: {
        const { source, messageId, replayOf, ...kept } = more as Origin
        const { task, stream } = source
        const id = messageId instanceof Shown ? messageId.text : show(messageId, LONGEST_ID)
        const values = kept.values instanceof Shown ? kept.values.text : textOf(kept.values)
        return {
          ...{ is: 'emitted', task, stream, messageId: id, at },
          ...(values !== undefined && values !== '' && { values }),
          ...(replayOf !== undefined && { replayOf }),
        }
      }
      case VERDICT:
        return { is: 'verdict', at, ...(more !== undefined && { reason: more as string }) }
      default:
        return { is: 'replayed', as: more as string, at }
    }
  }
}

/** What is not kept as it is, as text. */
class Shown {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a spout hands over as its message id may hold that which people know, as where a spout replays by itself. */
function knownId(messageId: unknown): unknown {
  if (typeof messageId !== 'object' || messageId === null || !('messageId' in messageId)) return messageId
  return messageId.messageId ?? messageId
}

/** The values of a root, so that it can be run again; undefined where that is too much, or cannot be written down. */
function textOf(values: unknown): string | undefined {
  try {
    const text = encode(values)
    return text.length <= LONGEST_VALUES ? text : undefined
  } catch {
    return undefined
  }
}

/** Whether it costs nothing to keep it as it is. */
function isSmall(messageId: unknown): boolean {
  return typeof messageId === 'string' ? messageId.length <= LONGEST_ID : typeof messageId !== 'object'
}
