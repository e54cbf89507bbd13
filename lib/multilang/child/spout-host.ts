/**
 * Runs a spout for a parent process: one command after the other, each answered with a `sync` when the spout's promise
 * is settled. `next` calls `nextTuple` once; a parent that is Typhoon also hears when the spout is exhausted.
 *
 * The promise: an exception of the spout is reported, and the command is answered all the same.
 */
import {
  type Emitted,
  type FailReason,
  failedBy,
  type Spout,
  type SpoutOutputCollector,
  type TaskId,
} from '../../index.ts'
import { RingBuffer } from '../../util/collections/ring-buffer.ts'
import { isThenable } from '../../util/thenable.ts'
import type { FromChild, SpoutCommand } from '../wire/messages.ts'
import type { EmitOrigin } from '../wire/serializer.ts'
import type { Host, HostPorts } from './host.ts'
import { MessageIds } from './message-ids.ts'
import type { AsksForTaskIds } from './task-ids.ts'

const UNTRACKED: EmitOrigin = {}

export class SpoutHost implements Host {
  readonly #spout: Spout
  readonly #ports: HostPorts
  readonly #ids = new MessageIds()
  readonly #queue = new RingBuffer<SpoutCommand>()
  /** A promise of the spout is open. */
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
        this.#call(
          () => this.#spout.nextTuple(),
          () => this.#tellExhausted(),
        )
        break
      case 'ack': {
        const messageId = this.#ids.take(id)
        this.#call(
          () => this.#spout.ack?.(messageId),
          () => this.#acked(messageId),
        )
        break
      }
      case 'fail': {
        const messageId = this.#ids.take(id)
        const reason = this.#failReason()
        this.#call(
          () => this.#spout.fail?.(messageId, reason),
          () => this.#ports.context.observe((hook) => hook.spoutFail?.({ messageId, reason })),
        )
        break
      }
      case 'activate':
        this.#call(() => this.#spout.activate?.())
        break
      case 'deactivate':
        this.#call(() => this.#spout.deactivate?.())
        break
      default:
        this.#ports.output.log('warn', `the command ${JSON.stringify(command)} is unknown`)
        this.#ports.output.sync()
    }
  }

  /** Calls the spout, waits for its promise, and answers the command. */
  #call(call: () => void | Promise<unknown>, then: () => void = () => {}): void {
    const { output } = this.#ports
    const answer = (): void => {
      this.#guard(then)
      output.sync()
    }
    try {
      const promise = call()
      if (isThenable(promise)) {
        this.#busy = true
        Promise.resolve(promise)
          .catch((error: unknown) => output.error(error))
          .then(() => {
            this.#busy = false
            answer()
            this.work()
          })
        return
      }
    } catch (error) {
      output.error(error)
    }
    answer()
  }

  #tellExhausted(): void {
    const { context, output } = this.#ports
    if (context.isTyphoon && this.#spout.isExhausted?.() === true) output.send({ command: 'exhausted' })
  }

  /** When the tuple was emitted, nobody has noted. */
  #acked(messageId: unknown): void {
    this.#ports.context.observe((hook) => hook.spoutAck?.({ messageId, latencyMs: Number.NaN }))
  }

  /** The protocol does not tell why. */
  #failReason(): FailReason {
    return failedBy(this.#ports.context, new Error('a child process is not told the reason'))
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
      emit: (values: Emitted, messageId?: unknown, stream?: string): readonly TaskId[] =>
        tracked(messageId, (origin) => emitter.emit(values, origin, stream)),
      emitDirect: (task: TaskId, values: Emitted, messageId?: unknown, stream?: string): void =>
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
