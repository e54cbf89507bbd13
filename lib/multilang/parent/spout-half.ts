/**
 * The parent's half of the protocol for a spout. Rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/spout/ShellSpout.java`: a child gets one command, and the next one when it has
 * answered with a `sync`. Some libraries, Storm's own for JavaScript among them, work at two commands at once where
 * they get two, and answer them in another order. Only a child that said in its handshake that it can (`pipelining`) is
 * sent commands ahead; it answers in their order.
 *
 * Real children are not so exact: some answer `next` alone, one never answers, some do so too often. So nothing is lost
 * where a sync is missing or too many: an emit counts whenever it comes, a sync too many is not an answer, and which
 * commands a child never answers is learned.
 */
import type { TyphoonError } from '../../errors/typhoon-error.ts'
import type { SpoutOutputCollector, TaskContext } from '../../index.ts'
import { RingBuffer } from '../../util/collections/ring-buffer.ts'
import type { EmitJson, FromChild, SpoutCommand } from '../wire/messages.ts'
import { broken, readEmit } from '../wire/read-emit.ts'
import { shown } from '../wire/shown.ts'
import type { Child, ChildListener } from './child.ts'
import { handleReport } from './reports.ts'
import { type MetricKind, patienceOf } from './shell-settings.ts'

/** Seconds of silence after which a child of unknown habits is taken for one that does not answer this command. */
const QUIET_SECS = 3

type Command = SpoutCommand['command']

/** What can be sent to a child. */
export type ToSpoutChild = Pick<Child, 'log' | 'send' | 'sendFirst' | 'waiting' | 'isUp'>

/** A message id, and which child in a row it belongs to: the next one knows nothing of it. */
export class ChildsId {
  /** The id as the child wrote it: a text, a number … */
  readonly id: unknown
  readonly life: number

  constructor(id: unknown, life: number) {
    this.id = id
    this.life = life
  }
}

export interface SpoutHalfPorts {
  readonly context: TaskContext
  readonly collector: SpoutOutputCollector<any, ChildsId>
  readonly metrics: ReadonlyMap<string, MetricKind>
}

export class SpoutHalf implements ChildListener {
  /** The child has nothing more to emit, unless something fails. */
  isExhausted = false
  readonly #ports: SpoutHalfPorts
  readonly #child: ToSpoutChild
  #active = false
  /** Counts the children. */
  #life = 0
  #pipelines = false
  /** What the child is still to be sent. */
  readonly #queue = new RingBuffer<SpoutCommand>()
  /** What it was sent and has not answered, in the order of the answers. */
  readonly #unanswered = new RingBuffer<Command>()
  /** Resolves the promise of `nextTuple`, or of whoever waits for a child. */
  #wake: (() => void) | undefined
  /** Whoever waits was not asked for: the pipe had no room. */
  #waitsForRoom = false
  /** Resolves when the child owes no answer. */
  #settle: (() => void) | undefined
  #failedSinceNext = false
  /** The child has said something since it was sent the last command. */
  #heard = false
  /** Seconds since the child was heard, or sent the last command. */
  #quietSecs = 0
  /** False from `activate` or `deactivate` on until the child shows that it lives on. */
  #boreActivation = true
  /** What this kind of child was learned to do; taken over by the next one. */
  readonly #habits = { answers: new Set<Command>(), silentAt: new Set<Command>(), bearsActivation: true }
  /** The last command whose answer was given up. */
  #givenUp: Command | undefined

  constructor(child: ToSpoutChild, ports: SpoutHalfPorts) {
    this.#child = child
    this.#ports = ports
  }

  /**
   * Asks for a tuple; resolves when the child has answered, or is gone. While the pipe to it is full nothing is asked:
   * behind a child that is known by its emits alone, and makes several of one `next`, commands would pile up.
   */
  next(): Promise<void> {
    this.#waitsForRoom = this.#child.isUp && this.#child.waiting > 0
    if (this.#child.isUp && !this.#waitsForRoom && this.#wake === undefined) {
      this.#failedSinceNext = false
      this.#add('next', '')
    }
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** Tells the child that one of its tuples is done or has failed. @returns see `#whenSettled` */
  settle(command: 'ack' | 'fail', { id, life }: ChildsId): void | Promise<void> {
    if (life !== this.#life) return
    if (command === 'fail') {
      this.#failedSinceNext = true
      this.isExhausted = false
    }
    this.#add(command, id)
    return this.#whenSettled()
  }

  /** @returns see `#whenSettled` */
  setActive(active: boolean): void | Promise<void> {
    this.#active = active
    if (!this.#child.isUp) return
    this.#tellActive()
    return this.#whenSettled()
  }

  up(pidMessage: FromChild): void {
    this.#pipelines = pidMessage['pipelining'] === true
    this.#boreActivation = true
    const early = [...this.#queue]
    this.#queue.clear()
    if (this.#active) this.#tellActive()
    for (const { command, id } of early) this.#add(command, id)
    this.#resolve()
  }

  /** Hot. */
  receive(message: FromChild): void {
    this.#heard = true
    this.#quietSecs = 0
    switch (message.command) {
      case 'emit':
        this.isExhausted = false
        this.#emit(message as unknown as EmitJson)
        if (this.#habits.silentAt.has('next')) this.#resolve()
        break
      case 'sync':
        this.#boreActivation = true
        this.#synced()
        break
      case 'exhausted':
        // A fail that the child had not seen yet when it said so may bring something.
        if (!this.#failedSinceNext) this.isExhausted = true
        break
      default: {
        const { context, metrics, collector } = this.#ports
        const reportError = (error: TyphoonError): void => collector.reportError(error)
        if (!handleReport(message, { child: this.#child, context, metrics, reportError }))
          throw broken(`the command ${shown(message.command)} is unknown`)
      }
    }
  }

  /** The next command leaves only now: a second sync that comes with the first one is not taken for its answer. */
  rested(): void {
    this.#pump()
    if (this.#waitsForRoom && this.#child.waiting === 0) this.#resolve()
  }

  down(error: TyphoonError): void {
    if (!this.#boreActivation) this.#habits.bearsActivation = false
    this.#life++
    this.#queue.clear()
    this.#unanswered.clear()
    this.#givenUp = undefined
    this.isExhausted = false
    this.#ports.collector.reportError(error)
    this.#resolve()
    this.#checkSettled()
  }

  /** Once a second. */
  beat(): void {
    const command = this.#unanswered.peek()
    if (command === undefined || ++this.#quietSecs < this.#mostQuietSecs(command)) return
    this.#unanswered.shift()
    this.#habits.silentAt.add(command)
    this.#givenUp = command
    if (command === 'next') this.#resolve()
    this.#pump()
  }

  /** The clock runs only while the child owes an answer that it is known to give, or has said nothing at all. */
  patience(): number | undefined {
    const command = this.#unanswered.peek()
    const waits = command === undefined ? this.#wake !== undefined : !Number.isFinite(this.#mostQuietSecs(command))
    return waits ? patienceOf(this.#ports.context, false) : undefined
  }

  /** A child may emit without end in one `next`, or unasked. */
  isHeldBack(): boolean {
    return this.#ports.collector.isHeldBack
  }

  /**
   * How long an answer is waited for: one that the child is known to give until it is taken for hung. Of a child that
   * has answered other commands, and none in vain, it is believed for as long that it will answer this one.
   */
  #mostQuietSecs(command: Command): number {
    const { answers, silentAt } = this.#habits
    // A child that has said nothing since `next` may be working.
    if (this.#pipelines || answers.has(command) || (command === 'next' && !this.#heard)) return Number.POSITIVE_INFINITY
    const isTrusted = answers.size > 0 && silentAt.size === 0
    return isTrusted ? patienceOf(this.#ports.context, false) : QUIET_SECS
  }

  #synced(): void {
    const command = this.#unanswered.shift()
    if (command !== undefined) {
      this.#habits.answers.add(command)
      if (command === 'next') this.#resolve()
    } else if (this.#givenUp !== undefined) {
      // It may have been late: it is waited for again.
      this.#habits.silentAt.delete(this.#givenUp)
      this.#givenUp = undefined
    }
  }

  /** Wrong values, or a stream that does not exist: the tuple has failed before it left. */
  #emit(message: EmitJson): void {
    const { collector } = this.#ports
    const { values, stream, task, wantsTaskIds } = readEmit(message)
    const { id } = message
    const messageId = id === undefined || id === null ? undefined : new ChildsId(id, this.#life)
    let tasks: readonly number[] = []
    try {
      if (task === 0) tasks = collector.emit(values, messageId, stream as never)
      else collector.emitDirect(task, values, messageId, stream as never)
    } catch (error) {
      collector.reportError(error)
      if (messageId !== undefined) void this.settle('fail', messageId)
    }
    if (wantsTaskIds) this.#child.sendFirst(tasks)
  }

  #tellActive(): void {
    if (!this.#habits.bearsActivation) return
    this.#boreActivation = false
    this.#add(this.#active ? 'activate' : 'deactivate', '')
  }

  #add(command: Command, id: unknown): void {
    this.#queue.push({ command, id })
    this.#pump()
  }

  /** Sends what may be sent. */
  #pump(): void {
    while (this.#child.isUp && (this.#pipelines || this.#unanswered.size === 0)) {
      const command = this.#queue.shift()
      if (command === undefined) break
      this.#child.send(command)
      this.#heard = false
      this.#quietSecs = 0
      if (!this.#habits.silentAt.has(command.command)) this.#unanswered.push(command.command)
    }
    this.#checkSettled()
  }

  /**
   * One promise for all that the child owes: it resolves when nothing is owed any more. Undefined where it is waited
   * for already, or nothing is owed.
   */
  #whenSettled(): void | Promise<void> {
    if (this.#settle !== undefined || !this.#owes) return
    return new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get #owes(): boolean {
    return this.#queue.size > 0 || this.#unanswered.size > 0
  }

  #checkSettled(): void {
    if (this.#settle === undefined || this.#owes) return
    this.#settle()
    this.#settle = undefined
  }

  #resolve(): void {
    const wake = this.#wake
    this.#wake = undefined
    this.#waitsForRoom = false
    wake?.()
  }
}
