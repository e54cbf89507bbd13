/**
 * Whoever connects to a server is a stranger until it has shown who it is. Strangers have little time, and there are
 * few of them: where more come, those go that have been there longest, and first of all those that have said nothing.
 * So nobody can use up the descriptors of this process, and nobody can keep the others out by being there first.
 */
import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'

/** What strangers may do. */
export interface DoorLimits {
  /**
   * How many there may be at a time; twice as many for a moment, in which those that have just come can say something.
   */
  readonly strangers: number
  /** How long one may be one, in milliseconds. */
  readonly patienceMs: number
}

interface Stranger {
  readonly timer: NodeJS.Timeout
  hasSpoken: boolean
}

/** Watches the connections of one server. */
export class Door {
  readonly #limits: DoorLimits
  /** In the order in which they came. */
  readonly #strangers = new Map<Duplex, Stranger>()
  #isTrimming = false

  constructor(server: Server, limits: DoorLimits) {
    this.#limits = limits
    server.on('connection', (socket) => this.#came(socket))
  }

  /** Connections that have not shown who they are. */
  get strangers(): number {
    return this.#strangers.size
  }

  /** This connection has said something sensible. */
  heard(socket: Duplex): void {
    const stranger = this.#strangers.get(socket)
    if (stranger !== undefined) stranger.hasSpoken = true
  }

  /** This connection has shown who it is. */
  admit(socket: Duplex): void {
    clearTimeout(this.#strangers.get(socket)?.timer)
    this.#strangers.delete(socket)
  }

  #came(socket: Duplex): void {
    // Where this process was busy for so long, what the stranger has sent meanwhile is read first.
    const end = (): void => void setImmediate(() => this.#strangers.has(socket) && socket.destroy())
    const timer = setTimeout(end, this.#limits.patienceMs).unref()
    this.#strangers.set(socket, { timer, hasSpoken: false })
    socket.on('close', () => this.admit(socket))
    const { strangers } = this.#limits
    if (this.#strangers.size > 2 * strangers) this.#trim(2 * strangers)
    if (this.#strangers.size <= strangers || this.#isTrimming) return
    this.#isTrimming = true
    // The first comes before anything is read of those that were accepted just now, the second after.
    setImmediate(() =>
      setImmediate(() => {
        this.#isTrimming = false
        this.#trim(strangers)
      }),
    )
  }

  #trim(most: number): void {
    const all = [...this.#strangers]
    const silent = all.filter(([, { hasSpoken }]) => !hasSpoken)
    const speaking = all.filter(([, { hasSpoken }]) => hasSpoken)
    for (const [socket] of [...silent, ...speaking].slice(0, Math.max(0, all.length - most))) socket.destroy()
  }
}
