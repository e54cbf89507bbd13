/**
 * The parent's half of the protocol for a spout: one `next` at a time, and the verdicts as they come. Rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/spout/ShellSpout.java`, where a child answers each command with a `sync`.
 *
 * Real children are not so exact: some answer `next` alone, one never answers, some do so too often. So nothing is lost where a sync is missing or too
 * many: an emit counts whenever it comes, and a sync says no more than that another `next` may be sent. Which commands a child answers is learned.
 */
import type { TyphoonError } from '../../errors/typhoon-error.ts'
import type { SpoutOutputCollector, TaskContext } from '../../index.ts'
import type { EmitJson, FromChild, SpoutCommand } from '../wire/messages.ts'
import { shown } from '../wire/shown.ts'
import type { Child, ChildListener } from './child.ts'
import { broken, handleReport, readEmit } from './from-child.ts'
import { patienceOf } from './shell-settings.ts'

/** What can be sent to a child. */
export type ToSpoutChild = Pick<Child, 'send' | 'sendFirst' | 'waiting' | 'isUp'>

/** A message id, and which child in a row it belongs to: the next one knows nothing of it. */
export class ChildsId {
  /** As the child wrote it: a text, a number … */
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
  readonly metrics: ReadonlySet<string>
}

export class SpoutHalf implements ChildListener {
  /** The child has nothing more to emit, unless something fails. */
  isExhausted = false
  readonly #ports: SpoutHalfPorts
  readonly #child: ToSpoutChild
  #active = false
  /** Counts the children. */
  #life = 0
  /** Syncs that are still to come for the commands that were sent. */
  #owed = 0
  /** As many of them as end the `next` that is waited for. */
  #owedToNext = 0
  /** Resolves the promise of `nextTuple`, or of whoever waits for a child. */
  #wake: (() => void) | undefined
  /** Whoever waits was not asked for: the pipe had no room. */
  #waitsForRoom = false
  #failedSinceNext = false
  #heardSinceNext = false
  #heardSinceBeat = false
  /** False from `activate` or `deactivate` on until the child shows that it lives on. */
  #boreActivation = true
  /** Verdicts on what a child emitted before it was up. */
  readonly #early: [command: 'ack' | 'fail', id: ChildsId][] = []
  /** What this kind of child was learned to do; taken over by the next one. */
  readonly #habits = { answersNext: true, answersOthers: true, bearsActivation: true }
  #nexts = 0
  #others = 0
  #syncs = 0

  constructor(child: ToSpoutChild, ports: SpoutHalfPorts) {
    this.#child = child
    this.#ports = ports
  }

  /**
   * Asks for a tuple; resolves when the child has answered, or is gone. While the pipe to it is full nothing is asked: behind a child that is known
   * by its emits alone, and makes several of one `next`, commands would pile up.
   */
  next(): Promise<void> {
    this.#waitsForRoom = this.#child.isUp && this.#child.waiting > 0
    if (this.#child.isUp && !this.#waitsForRoom && this.#wake === undefined) {
      this.#failedSinceNext = false
      this.#heardSinceNext = false
      this.#heardSinceBeat = true
      this.#nexts++
      this.#command('next', '')
      this.#owed++
      this.#owedToNext = this.#owed
    }
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** Tells the child that one of its tuples is done or has failed. */
  verdict(command: 'ack' | 'fail', childsId: ChildsId): void {
    const { id, life } = childsId
    if (life !== this.#life) return
    if (!this.#child.isUp) {
      this.#early.push([command, childsId])
      return
    }
    if (command === 'fail') {
      this.#failedSinceNext = true
      this.isExhausted = false
    }
    this.#other(command, id)
  }

  setActive(active: boolean): void {
    this.#active = active
    if (this.#child.isUp) this.#tellActive()
  }

  up(): void {
    this.#owed = 0
    this.#nexts = 0
    this.#others = 0
    this.#syncs = 0
    this.#boreActivation = true
    if (this.#active) this.#tellActive()
    for (const [command, id] of this.#early.splice(0)) this.verdict(command, id)
    this.#resolve()
  }

  /** Hot. */
  receive(message: FromChild): void {
    this.#heardSinceNext = true
    this.#heardSinceBeat = true
    switch (message.command) {
      case 'emit':
        this.isExhausted = false
        this.#emit(message as unknown as EmitJson)
        if (!this.#habits.answersNext) this.#resolve()
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
        if (!handleReport(message, { context, metrics, reportError }))
          throw broken(`the command ${shown(message.command)} is unknown`)
      }
    }
  }

  rested(): void {
    if (this.#waitsForRoom && this.#child.waiting === 0) this.#resolve()
  }

  down(error: TyphoonError): void {
    if (!this.#boreActivation) this.#habits.bearsActivation = false
    this.#life++
    this.#early.length = 0
    this.isExhausted = false
    this.#ports.collector.reportError(error)
    this.#resolve()
  }

  /** Once a second: a child that was heard since `next` and says nothing more has answered as much as it ever will. */
  beat(): void {
    const isQuiet = this.#wake !== undefined && this.#heardSinceNext && !this.#heardSinceBeat
    this.#heardSinceBeat = false
    if (!isQuiet) return
    if (this.#nexts > this.#syncs) this.#habits.answersNext = false
    this.#habits.answersOthers = this.#seemsToAnswerOthers
    this.#owed = 0
    this.#resolve()
  }

  /** The clock runs only while the child owes an answer. */
  patience(): number | undefined {
    return this.#wake === undefined ? undefined : patienceOf(this.#ports.context, false)
  }

  /** A child may emit without end in one `next`, or unasked. */
  isHeldBack(): boolean {
    return this.#ports.collector.isHeldBack
  }

  /** Most of them, that is: a sync or two may be surplus. */
  get #seemsToAnswerOthers(): boolean {
    return 2 * (this.#syncs - this.#nexts) > this.#others
  }

  #synced(): void {
    this.#syncs++
    this.#habits.answersNext = true
    if (this.#seemsToAnswerOthers) this.#habits.answersOthers = true
    if (this.#owed === 0) return
    this.#owed--
    if (this.#wake !== undefined && --this.#owedToNext <= 0) this.#resolve()
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
      if (messageId !== undefined) this.verdict('fail', messageId)
    }
    if (wantsTaskIds) this.#child.sendFirst(tasks)
  }

  #tellActive(): void {
    if (!this.#habits.bearsActivation) return
    this.#boreActivation = false
    this.#other(this.#active ? 'activate' : 'deactivate', '')
  }

  #other(command: SpoutCommand['command'], id: unknown): void {
    this.#command(command, id)
    this.#others++
    if (this.#habits.answersOthers) this.#owed++
  }

  #command(command: SpoutCommand['command'], id: unknown): void {
    this.#child.send({ command, id })
  }

  #resolve(): void {
    const wake = this.#wake
    this.#wake = undefined
    this.#waitsForRoom = false
    this.#owedToNext = 0
    wake?.()
  }
}
