/**
 * The parent's half of the protocol for a bolt: which tuples the child has, and what it says of them. Rules:
 * apache/storm
 * `storm-client/src/jvm/org/apache/storm/task/ShellBolt.java`.
 *
 * The law of the ids: tuples count upwards from 1, the runtime's own tuples (heartbeats, ticks, the end of the input)
 * downwards from -1. A child may ack or fail its own tuples once, and those of the runtime as it likes.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import {
  END_OF_INPUT_STREAM,
  HEARTBEAT_STREAM,
  isTick,
  type OutputCollector,
  SYSTEM_TASK,
  type TaskContext,
  type Tuple,
} from '../../index.ts'
import { NO_TASKS } from '../../tuple/ids.ts'
import type { EmitJson, FromChild } from '../wire/messages.ts'
import { broken, readEmit } from '../wire/read-emit.ts'
import type { Serializer } from '../wire/serializer.ts'
import { shown } from '../wire/shown.ts'
import type { Child, ChildListener } from './child.ts'
import type { ChildStates } from './child-states.ts'
import { handleReport } from './reports.ts'
import { type MetricKind, patienceOf } from './shell-settings.ts'

const MOST_IGNORED = 10
/** How often, in each message timeout, what waits for the child is kept from timing out. */
const RENEWALS_PER_TIMEOUT = 4

/** What can be sent to a child. */
export type ToBoltChild = Pick<Child, 'log' | 'send' | 'sendFirst' | 'sendFrame' | 'waiting' | 'isUp'>

export interface BoltHalfPorts {
  readonly context: TaskContext
  readonly collector: OutputCollector
  readonly serializer: Serializer
  readonly metrics: ReadonlyMap<string, MetricKind>
  /** With one, each tuple is executed alone. */
  readonly states: ChildStates
}

/** An execution that ends with the ack or fail of its tuple. */
interface Execution {
  resolve(): void
  reject(error: unknown): void
}

export class BoltHalf implements ChildListener {
  readonly #ports: BoltHalfPorts
  readonly #child: ToBoltChild
  readonly #maxWaiting: number
  readonly #maxUnread: number
  readonly #renewMs: number
  #renewedAt = 0
  /** What the child has and has neither acked nor failed. */
  readonly #tuples = new Map<string, Tuple>()
  /** Of a bolt with states: by the id of the tuple. */
  readonly #executions = new Map<string, Execution>()
  #lastId = 0
  #lastOwnId = 0
  /** The last tuple that the child is known to have read, by its answer to a heartbeat that was sent behind it. */
  #readUpTo = 0
  /** Tuples behind that one which the child has. */
  #unread = 0
  /** Heartbeats that the child has not answered. */
  #unanswered = 0
  /** Where the tuples stood when the last heartbeat was sent; undefined: it was answered. */
  #heartbeatAt: number | undefined
  /** What the child reported last: the reason, if it fails tuples next. */
  #lastError: TyphoonError | undefined
  /** Commands that the protocol does not know. */
  readonly #ignored = new Set<string>()
  #wantsEndOfInput = false
  #ending: { readonly id: string; readonly resolve: () => void } | undefined
  /** Who waits for so many further answers to heartbeats. */
  #waiting: { answers: number; readonly resolve: () => void }[] = []
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined

  constructor(child: ToBoltChild, ports: BoltHalfPorts) {
    const { config } = ports.context
    this.#child = child
    this.#ports = ports
    this.#maxWaiting = config['topology.shellbolt.max.pending']
    this.#maxUnread = config['topology.shellbolt.max.unread']
    this.#renewMs = (config['topology.message.timeout.secs'] * 1000) / RENEWALS_PER_TIMEOUT
  }

  /** How many tuples the child has. */
  get size(): number {
    return this.#tuples.size
  }

  /** Sends a tuple; what is returned holds the next one back. Hot. @throws CANNOT_ENCODE */
  execute(tuple: Tuple): void | Promise<void> {
    if (!this.#child.isUp) return this.#whenRoom().then(() => this.execute(tuple))
    const { serializer } = this.#ports
    if (isTick(tuple)) {
      this.#child.sendFrame(serializer.encodeTuple(this.#ownId(), tuple.source, tuple.values))
      if (!this.#ports.states.isEmpty) return this.#untilAnswered()
    } else {
      const id = String(this.#lastId + 1)
      this.#child.sendFrame(serializer.encodeTuple(id, tuple.source, tuple.values))
      this.#lastId++
      this.#unread++
      this.#tuples.set(id, tuple)
      if (!this.#ports.states.isEmpty)
        return new Promise((resolve, reject) => this.#executions.set(id, { resolve, reject }))
    }
    if (this.#isFull) return this.#whenRoom()
  }

  /**
   * Tells the child that the input has ended and waits for its answer; if no child is up, it waits for the next one.
   */
  endOfInput(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#child.isUp) {
        resolve()
        return
      }
      const stream = this.#wantsEndOfInput ? END_OF_INPUT_STREAM : HEARTBEAT_STREAM
      this.#ending = { id: this.#sendOwn(stream), resolve }
    })
  }

  /**
   * Settles when the child has dealt with what it was sent, as far as it shows: it has answered a heartbeat behind it.
   * Undefined where it has nothing.
   */
  caughtUp(): Promise<void> | undefined {
    return this.#tuples.size === 0 || !this.#child.isUp ? undefined : this.#untilAnswered()
  }

  /** Settles when the child has answered a heartbeat, and so dealt with what was sent before it. */
  #untilAnswered(): Promise<void> {
    this.#sendOwn(HEARTBEAT_STREAM)
    return new Promise((resolve) => this.#waiting.push({ answers: this.#unanswered, resolve }))
  }

  up(pidMessage: FromChild): void {
    this.#wantsEndOfInput = pidMessage['end_of_input'] === true
    this.rested()
  }

  /** Hot. */
  receive(message: FromChild): void {
    switch (message.command) {
      case 'emit':
        this.#emit(message as unknown as EmitJson)
        break
      case 'ack': {
        const tuple = this.#take(message['id'], 'acked')
        if (tuple !== undefined) this.#ports.collector.ack(tuple)
        this.#takeExecution(message['id'])?.resolve()
        break
      }
      case 'fail': {
        const tuple = this.#take(message['id'], 'failed')
        if (tuple !== undefined) this.#fail(message['id'], tuple, this.#lastError)
        // One error may fail a whole batch.
        return
      }
      case 'sync':
        this.#answered()
        break
      case 'state_get':
        this.#child.sendFirst(this.#ports.states.get(message))
        break
      case 'state_put':
        this.#ports.states.put(message)
        break
      default:
        this.#report(message)
        return
    }
    this.#lastError = undefined
  }

  rested(): void {
    if (this.#room === undefined || this.#isFull || !this.#child.isUp) return
    this.#room.resolve()
    this.#room = undefined
  }

  down(error: TyphoonError): void {
    const { collector } = this.#ports
    const lost = [...this.#tuples]
    this.#tuples.clear()
    this.#unread = 0
    this.#unanswered = 0
    this.#heartbeatAt = undefined
    this.#lastError = undefined
    const what =
      lost.length === 0 ? '' : `; ${lost.length === 1 ? 'its tuple fails' : `its ${lost.length} tuples fail`}`
    const { hint } = error
    collector.reportError(new TyphoonError(error.code, `${error.message}${what}`, hint === undefined ? {} : { hint }))
    for (const [id, tuple] of lost) this.#fail(id, tuple, error)
    this.#endingOver()
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  /** Once a second: renews what waits, and sends a heartbeat, unless so much waits that it would only wait too. */
  beat(): void {
    this.#renewUnread()
    if (this.#child.waiting > 0) return
    this.#sendOwn(HEARTBEAT_STREAM)
    this.#heartbeatAt ??= this.#lastId
  }

  /**
   * The child has not shown to have read these: they wait for their turn, as in an inbox. A child that hangs is ended,
   * see `child.ts`.
   */
  #renewUnread(): void {
    const now = this.#ports.context.now()
    if (now - this.#renewedAt < this.#renewMs) return
    this.#renewedAt = now
    for (const [id, tuple] of this.#tuples) {
      if (Number(id) > this.#readUpTo) this.#ports.collector.resetTimeout(tuple)
    }
  }

  patience(): number {
    return patienceOf(this.#ports.context, this.#tuples.size > 0 || this.#ending !== undefined)
  }

  isHeldBack(): boolean {
    return this.#ports.collector.isHeldBack
  }

  get #isFull(): boolean {
    return this.#child.waiting >= this.#maxWaiting || this.#unread >= this.#maxUnread
  }

  #whenRoom(): Promise<void> {
    if (this.#room === undefined) {
      let resolve = (): void => {}
      const promise = new Promise<void>((done) => {
        resolve = done
      })
      this.#room = { promise, resolve }
    }
    return this.#room.promise
  }

  /**
   * Wrong values, or a stream that does not exist, fail the tuples that it is anchored to: they would be acked else,
   * and what came of them lost.
   */
  #emit(message: EmitJson): void {
    const { collector } = this.#ports
    const { values, stream, task, wantsTaskIds } = readEmit(message)
    const anchors = this.#anchorsOf(message.anchors)
    let tasks = NO_TASKS
    if (anchors === undefined || anchors.length > 0) {
      try {
        if (task === 0) tasks = collector.emit(anchors, values, stream as never)
        else collector.emitDirect(task, anchors, values, stream as never)
      } catch (error) {
        collector.reportError(error)
        for (const anchor of anchors ?? []) collector.fail(anchor, error)
      }
    }
    if (wantsTaskIds) this.#child.sendFirst(tasks)
  }

  /**
   * A lone id will do, or null. Undefined: in no tree. One that failed for an emit before this one is left out; where
   * none is left, nothing is to be emitted.
   */
  #anchorsOf(anchors: unknown): Tuple[] | undefined {
    if (anchors === undefined || anchors === null) return undefined
    const found: Tuple[] = []
    let failed = false
    for (const one of Array.isArray(anchors) ? anchors : [anchors]) {
      const id = String(one)
      const tuple = this.#tuples.get(id)
      if (tuple?.settled) failed = true
      else if (tuple !== undefined) found.push(tuple)
      else if (!this.#isOwn(id))
        throw broken(`anchored onto "${id}", which it was never sent, or has acked or failed before`)
    }
    return found.length === 0 && !failed ? undefined : found
  }

  #takeExecution(idJson: unknown): Execution | undefined {
    const id = String(idJson)
    const execution = this.#executions.get(id)
    this.#executions.delete(id)
    return execution
  }

  /** An execution that ends so has written and emitted nothing. */
  #fail(id: unknown, tuple: Tuple, error: TyphoonError | undefined): void {
    const execution = this.#takeExecution(id)
    if (execution === undefined) this.#ports.collector.fail(tuple, error)
    else execution.reject(error ?? new TyphoonError('EXECUTE_FAILED', 'its child has failed the tuple'))
  }

  #take(idJson: unknown, what: string): Tuple | undefined {
    const id = String(idJson)
    const tuple = this.#tuples.get(id)
    if (tuple === undefined) {
      if (!this.#isOwn(id)) throw broken(`${what} "${id}", which it was never sent, or has acked or failed before`)
      if (id === this.#ending?.id) this.#endingOver()
      return undefined
    }
    this.#tuples.delete(id)
    if (Number(id) > this.#readUpTo) this.#unread--
    return tuple
  }

  /** Most likely the answer to the last heartbeat: what was sent before it has been read. */
  #answered(): void {
    if (this.#unanswered > 0) this.#unanswered--
    for (const one of this.#waiting) one.answers--
    while (this.#waiting[0] !== undefined && this.#waiting[0].answers <= 0) this.#waiting.shift()!.resolve()
    if (!this.#wantsEndOfInput && this.#unanswered === 0) this.#endingOver()
    if (this.#heartbeatAt === undefined) return
    this.#readUpTo = this.#heartbeatAt
    this.#heartbeatAt = undefined
    this.#unread = 0
    for (const id of this.#tuples.keys()) if (Number(id) > this.#readUpTo) this.#unread++
  }

  #report(message: FromChild): void {
    const { context, metrics, collector } = this.#ports
    this.#lastError = undefined
    const known = handleReport(message, {
      child: this.#child,
      context,
      metrics,
      reportError: (error) => collector.reportError(error),
      ofChild: (error) => {
        this.#lastError = error
      },
    })
    if (!known) this.#ignore(shown(message.command))
  }

  /** Ignores it, as Storm does, but reports it once: it may be misspelt. */
  #ignore(command: string): void {
    if (this.#ignored.has(command) || this.#ignored.size >= MOST_IGNORED) return
    this.#ignored.add(command)
    this.#ports.context.log('warn', `messages with the unknown command ${command} are ignored`)
  }

  #endingOver(): void {
    this.#ending?.resolve()
    this.#ending = undefined
  }

  #sendOwn(stream: string): string {
    const id = this.#ownId()
    if (stream === HEARTBEAT_STREAM) this.#unanswered++
    this.#child.send({ id, comp: null, stream, task: SYSTEM_TASK, tuple: [] })
    return id
  }

  #ownId(): string {
    return String(--this.#lastOwnId)
  }

  #isOwn(id: string): boolean {
    const number = Number(id)
    return Number.isInteger(number) && number < 0 && number >= this.#lastOwnId
  }
}
