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
  HostedSpout,
  type Spout,
  type SpoutOutputCollector,
  type TaskId,
} from '../../index.ts'
import { RingBuffer } from '../../util/collections/ring-buffer.ts'
import type { FromChild, SpoutCommand } from '../wire/messages.ts'
import type { EmitOrigin } from '../wire/serializer.ts'
import type { Host, HostPorts } from './host.ts'
import { MessageIds } from './message-ids.ts'
import type { AsksForTaskIds } from './task-ids.ts'

const UNTRACKED: EmitOrigin = {}

export class SpoutHost implements Host {
  readonly #spout: HostedSpout
  readonly #ports: HostPorts
  readonly #ids = new MessageIds()
  readonly #queue = new RingBuffer<SpoutCommand>()
  #isOpen = false

  constructor(spout: Spout, ports: HostPorts) {
    this.#spout = new HostedSpout(
      spout,
      (error) => ports.output.error(error),
      () => this.work(),
    )
    this.#ports = ports
  }

  get waiting(): number {
    return this.#queue.size
  }

  get isIdle(): boolean {
    return this.#queue.size === 0 && !this.#isBusy
  }

  async start(): Promise<void> {
    const { context } = this.#ports
    await this.#spout.open(context, this.#collector())
    context.observe((hook) => hook.prepare?.(context))
    this.#isOpen = true
    this.work()
  }

  receive(message: FromChild): void {
    this.#queue.push(message as unknown as SpoutCommand)
  }

  work(): void {
    while (!this.#isBusy) {
      const command = this.#queue.shift()
      if (command === undefined) break
      this.#obey(command)
    }
    this.#ports.worked()
  }

  async close(): Promise<void> {
    await this.#spout.close()
    this.#ports.context.observe((hook) => hook.cleanup?.())
  }

  /** It is not open yet, or a promise of it is. */
  get #isBusy(): boolean {
    return !this.#isOpen || this.#spout.unsettled > 0
  }

  #obey({ command, id }: SpoutCommand): void {
    const { output, context } = this.#ports
    switch (command) {
      case 'next':
        this.#spout.next(() => this.#answer(() => this.#tellExhausted()))
        break
      case 'ack': {
        const messageId = this.#ids.take(id)
        this.#spout.ack(messageId, () => this.#answer(() => this.#acked(messageId)))
        break
      }
      case 'fail': {
        const messageId = this.#ids.take(id)
        const reason = this.#failReason()
        const hear = (): void => context.observe((hook) => hook.spoutFail?.({ messageId, reason }))
        this.#spout.fail(messageId, reason, () => this.#answer(hear))
        break
      }
      case 'activate':
        this.#spout.activate(() => output.sync())
        break
      case 'deactivate':
        this.#spout.deactivate(() => output.sync())
        break
      default:
        output.log('warn', `the command ${JSON.stringify(command)} is unknown`)
        output.sync()
    }
  }

  /** The command is done, when this is. */
  #answer(last: () => void): void {
    const { output } = this.#ports
    try {
      last()
    } catch (error) {
      output.error(error)
    }
    output.sync()
  }

  #tellExhausted(): void {
    const { context, output } = this.#ports
    if (context.isTyphoon && this.#spout.isExhausted()) output.send({ command: 'exhausted' })
  }

  /** When the tuple was emitted, nobody has noted. */
  #acked(messageId: unknown): void {
    this.#ports.context.observe((hook) => hook.spoutAck?.({ messageId, latencyMs: Number.NaN }))
  }

  /** The protocol does not tell why. */
  #failReason(): FailReason {
    return failedBy(this.#ports.context, new Error('a child process is not told the reason'))
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
