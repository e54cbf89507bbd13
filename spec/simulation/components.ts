/** The spout and the bolt of the simulation: everything that user code may do, at random, within the rules. */
import {
  Bolt,
  describeReason,
  type FailReason,
  fields,
  type OutputCollector,
  Spout,
  type SpoutOutputCollector,
  type Streams,
  type TaskContext,
  type Tuple,
} from '../../lib/index.ts'
import type { Journal } from './journal.ts'

/** A tuple: a key to group by, the attempts at roots that it belongs to, and how often it went around a loop. */
export interface Row {
  key: number
  attempts: readonly string[]
  loops: number
}

export const row = fields<Row>('key', 'attempts', 'loops')

export interface Source {
  /** How many each task emits. */
  readonly roots: number
  /** Pause after each. */
  readonly everyMs: number
  /** Probability that nextTuple throws. */
  readonly throws: number
}

/** Emits its roots, and each of them again until it is acked. */
export class SimulatedSpout extends Spout<Row, string> {
  override readonly outputs = row
  readonly #roots: number
  readonly #everyMs: number
  readonly #throws: number
  readonly #journal: Journal
  readonly #bolts: readonly string[]
  /** Attempts in flight → number of the root. */
  readonly #inFlight = new Map<string, number>()
  #toEmit: number[] = []
  #unacked = 0
  #notBefore = 0
  #context!: TaskContext
  #collector!: SpoutOutputCollector<Row, string>

  /** @param bolts those that every root comes to */
  constructor({ roots, everyMs, throws }: Source, journal: Journal, bolts: readonly string[]) {
    super()
    this.#roots = roots
    this.#everyMs = everyMs
    this.#throws = throws
    this.#journal = journal
    this.#bolts = bolts
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<Row, string>): void {
    this.#context = context
    this.#collector = collector
    this.#toEmit = Array.from({ length: this.#roots }, (_, n) => n)
    this.#unacked = this.#roots
  }

  nextTuple(): void {
    if (this.#context.now() < this.#notBefore) return
    if (this.#context.now() < TROUBLE_MS && this.#context.random() < this.#throws) throw new Error('no tuple today')
    const n = this.#toEmit.shift()
    if (n === undefined) return
    this.#notBefore = this.#context.now() + this.#everyMs
    const attempt = this.#journal.attemptAt(`${this.#context.component}/${this.#context.taskIndex}/${n}`)
    this.#inFlight.set(attempt, n)
    this.#collector.emit([n, [attempt], 0], attempt)
  }

  override ack(attempt: string): void {
    this.#settle(attempt, 'acked')
    this.#unacked--
    this.#journal.ackedAttempt(attempt, this.#bolts, this.#context.now())
  }

  override fail(attempt: string, reason: FailReason): void {
    const n = this.#settle(attempt, 'failed')
    this.#toEmit.push(n)
    this.#journal.failedAttempt(attempt, describeReason(reason), this.#context.now())
  }

  override isExhausted(): boolean {
    return this.#unacked === 0
  }

  #settle(attempt: string, how: string): number {
    const n = this.#inFlight.get(attempt)
    if (n === undefined) this.#journal.violations.push(`${attempt} was ${how}, and was not in flight`)
    this.#inFlight.delete(attempt)
    return n ?? -1
  }
}

/**
 * now: acks when execute returns; promise: when its promise does; timer: from a timer, long after; batch: holds a few,
 * emits one for all.
 */
export const MANNERS = ['now', 'promise', 'timer', 'batch'] as const
export type Manner = (typeof MANNERS)[number]

export interface Behaviour {
  readonly manner: Manner
  /** Longest time that a tuple takes, milliseconds. */
  readonly slowMs: number
  /** Probability that a tuple is failed, by an exception or by hand. */
  readonly fails: number
  /** Probability that a tuple is neither acked nor failed. */
  readonly forgets: number
}

export type Forks = Streams<{ default: Row; loop: Row }>

/** From then on no spout throws, and no bolt fails or forgets a tuple. */
export const TROUBLE_MS = 5_000
const BATCH = 3
const MAX_HOLD_MS = 40

/** Sends every tuple on, and once around the loop where somebody subscribes to it. */
export class SimulatedBolt extends Bolt<Row, Forks> {
  override readonly outputs = { default: row, loop: row }
  readonly #behaviour: Behaviour
  readonly #journal: Journal
  #context!: TaskContext
  #collector!: OutputCollector<Forks>
  #held: Tuple<Row>[] = []

  constructor(behaviour: Behaviour, journal: Journal) {
    super()
    this.#behaviour = behaviour
    this.#journal = journal
  }

  override prepare(context: TaskContext, collector: OutputCollector<Forks>): void {
    this.#context = context
    this.#collector = collector
  }

  execute(tuple: Tuple<Row>): void | Promise<void> {
    const { manner, fails, forgets } = this.#behaviour
    this.#journal.executed(this.#context.component, tuple.get('attempts'))
    const chance = this.#context.now() < TROUBLE_MS ? this.#context.random() : 1
    if (chance < fails / 2) throw new Error('a bad day')
    if (chance < fails) return this.#collector.fail(tuple, 'not this one')
    if (chance < fails + forgets) return
    switch (manner) {
      case 'now':
        return this.#finish([tuple])
      case 'promise':
        return this.#pause().then(() => this.#finish([tuple]))
      case 'timer':
        void this.#pause().then(() => this.#finish([tuple]))
        return
      case 'batch':
        this.#hold(tuple)
    }
  }

  override endOfInput(): void {
    this.#journal.toldOfTheEnd(this.#context.component, this.#context.taskIndex)
  }

  #hold(tuple: Tuple<Row>): void {
    this.#held.push(tuple)
    if (this.#held.length === BATCH) this.#release()
    else if (this.#held.length === 1) this.#context.after(MAX_HOLD_MS, () => this.#release())
  }

  #release(): void {
    const held = this.#held
    this.#held = []
    if (held.length > 0) this.#finish(held)
  }

  #finish(tuples: readonly Tuple<Row>[]): void {
    const key = tuples[0]!.get('key')
    const attempts = [...new Set(tuples.flatMap((tuple) => tuple.get('attempts')))]
    const loops = Math.max(...tuples.map((tuple) => tuple.get('loops')))
    const anchors = tuples.length === 1 ? tuples[0] : tuples
    this.#collector.emit(anchors, [key, attempts, loops])
    if (loops === 0) this.#collector.emit(anchors, [key, attempts, 1], 'loop')
    for (const tuple of tuples) this.#collector.ack(tuple)
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#context.after(this.#context.random() * this.#behaviour.slowMs, resolve))
  }
}
