/**
 * What every link does the same, whatever carries its frames: it keeps what comes before somebody listens, hands on
 * frames and then the end, in that order and the end once, and wakes who waits for room.
 *
 * A link is *open*, then *ended* (nothing is sent or received any more), then *closed* (its owner knows). The last two
 * fall together but where frames are still kept for a listener: the end stands in line behind them.
 */
import { type Problem, TyphoonError, toProblem } from '../errors/typhoon-error.ts'
import { NIMBUS } from '../tuple/ids.ts'
import { type ByeFrame, decodeFrame, encodeFrame, KIND_BYE } from './frames.ts'
import type { Identity, Link } from './link.ts'

/** Kept frames beyond this make the link hold back its peer until somebody listens. */
const KEPT_BYTES = 1024 * 1024

const WIRE_FAULTS: ReadonlySet<string> = new Set(['BAD_FRAME', 'FRAME_TOO_LARGE', 'FRAME_LOST'])

export abstract class LinkEnd implements Link {
  readonly peer: Identity
  #frameListener: ((frame: Uint8Array) => void) | undefined
  #kept: Uint8Array[] = []
  #keptBytes = 0
  #closeListener: ((reason: Problem | undefined) => void) | undefined
  #waiting: { limit: number; listener: () => void }[] = []
  /** Set when the link has ended; resolves when its connection is gone. */
  #gone: Promise<void> | undefined
  #reason: Problem | undefined
  #closed = false

  constructor(peer: Identity) {
    this.peer = peer
  }

  abstract send(frame: Uint8Array): void

  abstract get bufferedBytes(): number

  /** Ends the connection: sends the bye frame, if there is one and it still can, and lets go. Called once. */
  protected abstract disconnect(bye: Uint8Array | undefined): Promise<void>

  /** Stops and restarts reading from the connection, where it can. */
  protected abstract hold(held: boolean): void

  get ended(): boolean {
    return this.#gone !== undefined
  }

  onFrame(listener: (frame: Uint8Array) => void): void {
    this.#frameListener = listener
    const kept = this.#kept
    this.#kept = []
    for (const frame of kept) if (!this.#closed) this.#hand(frame, listener)
    if (this.#keptBytes > KEPT_BYTES && !this.ended) this.hold(false)
    this.#keptBytes = 0
    if (this.ended) this.#close()
  }

  onWritable(limit: number, listener: () => void): void {
    if (this.#closed || this.bufferedBytes <= limit) listener()
    else this.#waiting.push({ limit, listener })
  }

  onClose(listener: (reason: Problem | undefined) => void): void {
    this.#closeListener = listener
    if (this.#closed) listener(this.#reason)
  }

  close(reason?: Problem): Promise<void> {
    if (this.#gone === undefined) {
      this.#reason = reason
      this.#gone = this.disconnect(encodeFrame(byeOf(reason)))
    }
    this.#kept = []
    this.#close()
    return this.#gone
  }

  /** A frame from the peer. @throws what the listener throws, if that is not the fault of the wire. */
  protected receive(frame: Uint8Array): void {
    if (this.ended) return
    if (frame[0] === KIND_BYE) this.#bye(frame)
    else if (this.#frameListener !== undefined) this.#hand(frame, this.#frameListener)
    else {
      this.#kept.push(frame)
      this.#keptBytes += frame.length
      if (this.#keptBytes > KEPT_BYTES) this.hold(true)
    }
  }

  /** The peer or the connection has ended the link. */
  protected end(reason: Problem | undefined): void {
    if (this.ended) return
    this.#reason = reason
    this.#gone = this.disconnect(undefined)
    if (this.#kept.length === 0) this.#close()
  }

  /** Room may have been made. */
  protected wake(): void {
    if (this.#waiting.length === 0) return
    const buffered = this.bufferedBytes
    const awake = this.#waiting.filter(({ limit }) => buffered <= limit)
    if (awake.length === 0) return
    this.#waiting = this.#waiting.filter(({ limit }) => buffered > limit)
    for (const { listener } of awake) listener()
  }

  /** Drops the link without a word to its owner, who is gone as well. */
  protected abandon(): void {
    this.#gone = Promise.resolve()
    this.#closed = true
    this.#kept = []
    this.#waiting = []
    this.#frameListener = undefined
    this.#closeListener = undefined
  }

  #bye(frame: Uint8Array): void {
    try {
      this.end(reasonOf(decodeFrame(frame) as ByeFrame, this.peer))
    } catch (error) {
      if (!isWireFault(error)) throw error
      this.#fault(error)
    }
  }

  #hand(frame: Uint8Array, listener: (frame: Uint8Array) => void): void {
    try {
      listener(frame)
    } catch (error) {
      if (!isWireFault(error)) throw error
      this.#fault(error)
    }
  }

  #fault(error: TyphoonError): void {
    void this.close(toProblem(error, error.code, { worker: this.peer.worker }))
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    const waiting = this.#waiting
    this.#waiting = []
    this.#closeListener?.(this.#reason)
    for (const { listener } of waiting) listener()
  }
}

/** How errors call a process. */
export function nameOf(identity: { worker: number; incarnation?: number }): string {
  const name = identity.worker === NIMBUS ? 'nimbus' : `worker ${identity.worker}`
  return identity.incarnation === undefined ? name : `${name} (incarnation ${identity.incarnation})`
}

/** The problem of a link whose other end is gone. */
export function linkLost(peer: Identity, how: string): Problem {
  return { code: 'LINK_LOST', message: `the link to ${nameOf(peer)} broke: ${how}`, where: { worker: peer.worker } }
}

/** Whether a link ended because of a malformed frame: such frames are counted. */
export function isBadFrame({ code }: Problem): boolean {
  return code === 'BAD_FRAME' || code === 'FRAME_TOO_LARGE'
}

function isWireFault(error: unknown): error is TyphoonError {
  return error instanceof TyphoonError && WIRE_FAULTS.has(error.code)
}

function byeOf(reason: Problem | undefined): ByeFrame {
  return { kind: 'bye', code: reason?.code ?? 'DONE', text: reason?.message ?? '' }
}

function reasonOf(bye: ByeFrame, peer: Identity): Problem | undefined {
  if (bye.code === 'DONE') return undefined
  return { code: bye.code, message: bye.text, where: { worker: peer.worker } }
}
