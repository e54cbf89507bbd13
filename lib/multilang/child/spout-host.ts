/**
 * Runs a spout for a parent process: one command after the other, each answered with a `sync`. `next` calls `nextTuple` once and waits for its promise; a
 * parent that is Typhoon is told beside it when the spout is exhausted.
 *
 * The promise: an exception of the spout is reported, and the command is answered all the same.
 */
import type { FailReason, Spout, SpoutOutputCollector, TaskId } from '../../index.ts'
import { RingBuffer } from '../../util/ring-buffer.ts'
import type { FromChild, SpoutCommand } from '../wire/messages.ts'
import type { EmitOrigin } from '../wire/serializer.ts'
import { type Host, type HostPorts, isPromise } from './host.ts'
import { MessageIds } from './message-ids.ts'
import type { AsksForTaskIds } from './task-ids.ts'

const UNTRACKED: EmitOrigin = {}

export class SpoutHost implements Host {
  readonly #spout: Spout
  readonly #ports: HostPorts
  readonly #ids = new MessageIds()
  readonly #queue = new RingBuffer<SpoutCommand>()
  /** `open` or a promise of `nextTuple` is not done. */
  #busy = true

  constructor(spout: Spout, ports: HostPorts) {
    this.#spout = spout
    this.#ports = ports
  }

  get waiting(): number {
    return this.#queue.size
  }

  get isIdle(): boolean {
    return this.#queue.size === 0 && !this.#busy
  }

  async start(): Promise<void> {
    const { context } = this.#ports
    await this.#spout.open?.(context, this.#collector())
    context.observe((hook) => hook.prepare?.(context))
    this.#busy = false
    this.work()
  }

  receive(message: FromChild): void {
    this.#queue.push(message as unknown as SpoutCommand)
  }

  work(): void {
    while (!this.#busy) {
      const command = this.#queue.shift()
      if (command === undefined) break
      this.#obey(command)
    }
    this.#ports.worked()
  }

  async close(): Promise<void> {
    await this.#spout.close?.()
    this.#ports.context.observe((hook) => hook.cleanup?.())
  }

  #obey({ command, id }: SpoutCommand): void {
    switch (command) {
      case 'next':
        this.#next()
        return
      case 'ack':
        this.#acked(this.#ids.take(id))
        break
      case 'fail':
        this.#failed(this.#ids.take(id))
        break
      case 'activate':
        this.#guard(() => this.#spout.activate?.())
        break
      case 'deactivate':
        this.#guard(() => this.#spout.deactivate?.())
        break
      default:
        this.#ports.output.log('warn', `the command ${JSON.stringify(command)} is unknown`)
    }
    this.#ports.output.sync()
  }

  #next(): void {
    const { output } = this.#ports
    try {
      const promise = this.#spout.nextTuple()
      if (isPromise(promise)) {
        this.#await(promise)
        return
      }
    } catch (error) {
      output.error(error)
    }
    this.#answerNext()
  }

  #await(promise: Promise<void>): void {
    this.#busy = true
    promise
      .catch((error: unknown) => this.#ports.output.error(error))
      .then(() => {
        this.#busy = false
        this.#answerNext()
        this.work()
      })
  }

  #answerNext(): void {
    const { context, output } = this.#ports
    this.#guard(() => {
      if (context.isTyphoon && this.#spout.isExhausted?.() === true) output.send({ command: 'exhausted' })
    })
    output.sync()
  }

  #acked(messageId: unknown): void {
    this.#guard(() => this.#spout.ack?.(messageId))
    // When the tuple was emitted, nobody has noted.
    this.#ports.context.observe((hook) => hook.spoutAck?.({ messageId, latencyMs: Number.NaN }))
  }

  /** The protocol does not tell why. */
  #failed(messageId: unknown): void {
    const { component, task } = this.#ports.context
    const reason: FailReason = { kind: 'explicit', component, task, error: 'a child process is not told the reason' }
    this.#guard(() => this.#spout.fail?.(messageId, reason))
    this.#ports.context.observe((hook) => hook.spoutFail?.({ messageId, reason }))
  }

  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#ports.output.error(error)
    }
  }

  #collector(): SpoutOutputCollector & AsksForTaskIds {
    const { emitter, output } = this.#ports
    const ids = this.#ids
    const tracked = <T>(messageId: unknown, emit: (origin: EmitOrigin) => T): T => {
      if (messageId === undefined || messageId === null) return emit(UNTRACKED)
      const id = ids.toWire(messageId)
      try {
        return emit({ id })
      } catch (error) {
        ids.take(id)
        throw error
      }
    }
    return {
      emit: (values: readonly unknown[], messageId?: unknown, stream?: string): readonly TaskId[] =>
        tracked(messageId, (origin) => emitter.emit(values, origin, stream)),
      emitDirect: (task: TaskId, values: readonly unknown[], messageId?: unknown, stream?: string): void =>
        tracked(messageId, (origin) => emitter.emitDirect(task, values, origin, stream)),
      askForTaskIds: (emit) => emitter.askForTaskIds(emit),
      reportError: (error) => output.error(error),
      get pendingCount() {
        return ids.size
      },
      get isHeldBack() {
        return output.isFull
      },
    }
  }
}
