/**
 * What a child says to its parent. Messages gather while there is work and leave together: when the turn of the event
 * loop ends, or at 32 KB.
 *
 * The promise: the pid is the first thing that is said, whatever was logged before it; frames leave whole and in order;
 * nothing is held back while the child waits for input.
 */
import { isPermanent, TyphoonError } from '../../index.ts'
import { EMIT_CODES, type FromChild } from '../wire/messages.ts'
import type { EmitHead, EmitOrigin, Frame, Serializer } from '../wire/serializer.ts'

const BATCH_SIZE = 32_768

/** Where the frames go. */
export interface Pipe {
  write(frames: Frame): void
  /** So much waits that no more should be written until `drained`. */
  readonly isFull: boolean
}

/** Storm's numbers of the levels of a log. */
const LEVEL_NUMBERS = { debug: 1, info: 2, warn: 3, error: 4 } as const

export class Output {
  readonly #serializer: Serializer
  readonly #pipe: Pipe
  readonly #soon: (callback: () => void) => void
  #frames: Frame[] = []
  #size = 0
  #scheduled = false
  #opened = false

  /** @param soon calls back at the end of this turn of the event loop */
  constructor(serializer: Serializer, pipe: Pipe, soon: (callback: () => void) => void) {
    this.#serializer = serializer
    this.#pipe = pipe
    this.#soon = soon
  }

  /** The parent does not read fast enough. */
  get isFull(): boolean {
    return this.#pipe.isFull
  }

  /** The pid was said. */
  get isOpen(): boolean {
    return this.#opened
  }

  /** Says the pid, and what was kept until then. */
  open(pidMessage: FromChild): void {
    this.#opened = true
    this.#frames.unshift(this.#serializer.encode(pidMessage))
    this.flush()
  }

  /** @throws CANNOT_ENCODE */
  send(message: FromChild): void {
    this.#add(this.#serializer.encode(message))
  }

  /** Hot. @throws CANNOT_ENCODE */
  emit(head: EmitHead, values: readonly unknown[], origin: EmitOrigin): void {
    this.#add(this.#serializer.encodeEmit(head, values, origin))
  }

  /** Hot. */
  settle(command: 'ack' | 'fail', id: string): void {
    this.#add(this.#serializer.encodeSettled(command, id))
  }

  sync(): void {
    this.send({ command: 'sync' })
  }

  log(level: keyof typeof LEVEL_NUMBERS, msg: string): void {
    this.send({ command: 'log', msg, level: LEVEL_NUMBERS[level] })
  }

  /** Shows an error, with its stack. */
  error(error: unknown): void {
    const msg = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const known = EMIT_CODES.find((code) => error instanceof TyphoonError && error.code === code)
    const code = known === undefined ? {} : { code: known }
    this.send({ command: 'error', msg, ...(isPermanent(error) ? { permanent: true } : {}), ...code })
  }

  flush(): void {
    if (!this.#opened || this.#frames.length === 0) return
    const frames = this.#frames
    this.#frames = []
    this.#size = 0
    this.#pipe.write(typeof frames[0] === 'string' ? frames.join('') : Buffer.concat(frames as Uint8Array[]))
  }

  #add(frame: Frame): void {
    this.#frames.push(frame)
    this.#size += frame.length
    if (this.#size >= BATCH_SIZE) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      this.#soon(() => {
        this.#scheduled = false
        this.flush()
      })
    }
  }
}
