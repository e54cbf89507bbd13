/**
 * What waits to be written to a child. While the pipe has room, frames gather until the turn ends and leave together;
 * while it has none they wait here, lists of task ids before tuples (STORM-756), so that a child that waits for its ids
 * gets them.
 *
 * Frames leave whole, in writes that the system takes whole or not at all: some children cannot bear a line that is
 * cut.
 */
import type { Frame } from '../wire/serializer.ts'

/** Writes of so much are never cut in two. */
const WRITE_SIZE = 4096

/** The pipe to a child. */
export interface Pipe {
  /** @returns whether the system took all of it; if not, `onDrained` of the pipe is called when it has */
  write(frames: Frame): boolean
}

export class Outbox {
  readonly #pipe: Pipe
  readonly #soon: (callback: () => void) => void
  #urgent: Frame[] = []
  #frames: Frame[] = []
  #size = 0
  #blocked = false
  #scheduled = false

  /** @param soon calls back at the end of this turn */
  constructor(pipe: Pipe, soon: (callback: () => void) => void) {
    this.#pipe = pipe
    this.#soon = soon
  }

  /** How many frames the pipe had no room for. */
  get waiting(): number {
    return this.#blocked ? this.#frames.length + this.#urgent.length : 0
  }

  /** Hot. */
  send(frame: Frame): void {
    this.#frames.push(frame)
    this.#added(frame)
  }

  /** Goes before all that waits. */
  sendFirst(frame: Frame): void {
    this.#urgent.push(frame)
    this.#added(frame)
  }

  /** The pipe has room again. */
  drained(): void {
    this.#blocked = false
    this.flush()
  }

  flush(): void {
    this.#scheduled = false
    while (!this.#blocked && (this.#urgent.length > 0 || this.#frames.length > 0)) {
      const frames = this.#urgent.length > 0 ? this.#urgent : this.#frames
      const count = fitting(frames)
      this.#blocked = !this.#pipe.write(join(frames.slice(0, count)))
      if (frames === this.#urgent) this.#urgent = frames.slice(count)
      else this.#frames = frames.slice(count)
    }
    this.#size = 0
  }

  #added(frame: Frame): void {
    if (this.#blocked) return
    this.#size += bytesOf(frame)
    if (this.#size >= WRITE_SIZE) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      this.#soon(() => this.flush())
    }
  }
}

/** How many frames go into one write; at least one. */
function fitting(frames: readonly Frame[]): number {
  let size = bytesOf(frames[0]!)
  let count = 1
  for (; count < frames.length; count++) {
    size += bytesOf(frames[count]!)
    if (size > WRITE_SIZE) break
  }
  return count
}

function bytesOf(frame: Frame): number {
  return typeof frame === 'string' ? Buffer.byteLength(frame) : frame.length
}

function join(frames: readonly Frame[]): Frame {
  if (typeof frames[0] === 'string') return frames.join('')
  return Buffer.concat(frames as readonly Uint8Array[])
}
