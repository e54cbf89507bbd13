/**
 * Whoever connects to a server is a stranger until it has shown who it is. Strangers have little time, and there are
 * few of them: where more come, those go that have been there longest, and first of all those that have said nothing.
 * So nobody can use up the descriptors of this process, and nobody can keep the others out by being there first.
 */
import type { Server, Socket } from 'node:net'
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
  readonly socket: Duplex
  readonly timer: NodeJS.Timeout
  hasSpoken: boolean
}

/**
 * What a connection is known by: its far end. Of TLS there are two sockets for one connection, and they have this in
 * common.
 */
function keyOf(socket: Duplex): string {
  const { remoteAddress, remotePort } = socket as Socket
  return `${remoteAddress} ${remotePort}`
}

/** Watches the connections of one server. */
export class Door {
  readonly #limits: DoorLimits
  /** The strangers by `keyOf`, in the order in which they came. */
  readonly #strangers = new Map<string, Stranger>()
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
    const stranger = this.#strangers.get(keyOf(socket))
    if (stranger !== undefined) stranger.hasSpoken = true
  }

  /** This connection has shown who it is. */
  admit(socket: Duplex): void {
    this.#forget(keyOf(socket))
  }

  /** Whoever is a stranger goes. */
  clear(): void {
    for (const { socket } of this.#strangers.values()) socket.destroy()
  }

  #forget(key: string): void {
    clearTimeout(this.#strangers.get(key)?.timer)
    this.#strangers.delete(key)
  }

  #came(socket: Duplex): void {
    // Where this process was busy for so long, what the stranger has sent meanwhile is read first.
    const key = keyOf(socket)
    const end = (): void => void setImmediate(() => this.#strangers.has(key) && socket.destroy())
    const timer = setTimeout(end, this.#limits.patienceMs).unref()
    this.#strangers.set(key, { socket, timer, hasSpoken: false })
    socket.on('close', () => this.#forget(key))
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
    const all = [...this.#strangers.values()]
    const silent = all.filter(({ hasSpoken }) => !hasSpoken)
    const speaking = all.filter(({ hasSpoken }) => hasSpoken)
    for (const { socket } of [...silent, ...speaking].slice(0, Math.max(0, all.length - most))) socket.destroy()
  }
}
