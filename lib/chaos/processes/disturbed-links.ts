/**
 * The links of a worker to others, which can be cut, and late. The frames are those of the links within: order is kept,
 * and what is lost is known to be lost, for its link ends.
 *
 * What is late waits at its sender, so each end is told what is up with the worker at the other one.
 */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { Expected, Identity, Link, Listener, ListenOptions, Network } from '../../messaging/link.ts'
import { linkLost } from '../../messaging/link-end.ts'

/** What is up with a worker, by its number. */
export interface LinkEffects {
  isCut(worker: number): boolean
  lateMs(worker: number): number
}

/** A network whose links are disturbed as the effects say. */
export class DisturbedNetwork implements Network {
  readonly #inner: Network
  readonly #effects: LinkEffects
  readonly #links = new Set<DisturbedLink>()

  constructor(inner: Network, effects: LinkEffects) {
    this.#inner = inner
    this.#effects = effects
  }

  listen(options: ListenOptions): Promise<Listener> {
    return this.#inner.listen({
      ...options,
      accept: (peer) => this.#refusal(options.identity, peer) ?? options.accept(peer),
      onLink: (link) => options.onLink(this.#disturbed(link)),
    })
  }

  async dial(address: string, identity: Identity, expect: Expected): Promise<Link> {
    return this.#disturbed(await this.#inner.dial(address, identity, expect))
  }

  /** Something else is up: links that are cut now end. @param own this worker */
  changed(own: number): void {
    for (const link of this.#links)
      if (this.#effects.isCut(own) || this.#effects.isCut(link.peer.worker)) link.breakOff()
  }

  #refusal({ worker: own }: Identity, { worker }: Identity): Problem | undefined {
    if (!this.#effects.isCut(own) && !this.#effects.isCut(worker)) return undefined
    return { code: 'REFUSED', message: 'the cable is cut', where: { worker } }
  }

  #disturbed(inner: Link): Link {
    const link = new DisturbedLink(inner, () => this.#effects.lateMs(inner.peer.worker))
    this.#links.add(link)
    link.onGone = () => this.#links.delete(link)
    return link
  }
}

interface Late {
  readonly frame: Uint8Array
  readonly due: number
}

class DisturbedLink implements Link {
  onGone: () => void = () => {}
  readonly #inner: Link
  readonly #lateMs: () => number
  /** In the order in which they are to leave. */
  #late: Late[] = []
  #lateBytes = 0
  #isGone = false
  #waiting: (() => void)[] = []

  constructor(inner: Link, lateMs: () => number) {
    this.#inner = inner
    this.#lateMs = lateMs
  }

  get peer(): Identity {
    return this.#inner.peer
  }

  get bufferedBytes(): number {
    return this.#isGone ? 0 : this.#inner.bufferedBytes + this.#lateBytes
  }

  send(frame: Uint8Array): void {
    if (this.#isGone) return
    const late = this.#lateMs()
    if (late === 0 && this.#late.length === 0) {
      this.#inner.send(frame)
      return
    }
    const due = Math.max(performance.now() + late, this.#late.at(-1)?.due ?? 0)
    this.#late.push({ frame, due })
    this.#lateBytes += frame.length
    if (this.#late.length === 1) this.#sendLater()
  }

  onFrame(listener: (frame: Uint8Array) => void): void {
    this.#inner.onFrame(listener)
  }

  onWritable(limit: number, listener: () => void): void {
    if (this.#isGone || this.bufferedBytes <= limit) listener()
    else if (this.#late.length === 0) this.#inner.onWritable(limit, listener)
    else this.#waiting.push(() => this.onWritable(limit, listener))
  }

  onClose(listener: (reason: Problem | undefined) => void): void {
    this.#inner.onClose((reason) => {
      this.#gone()
      listener(reason)
      this.#wake()
    })
  }

  close(reason?: Problem): Promise<void> {
    for (const { frame } of this.#late.splice(0)) this.#inner.send(frame)
    this.#gone()
    return this.#inner.close(reason)
  }

  /** What is under way to this end, and what waits to leave, is lost. */
  breakOff(): void {
    if (this.#isGone) return
    this.#late = []
    void this.#inner.close(linkLost(this.peer, 'the cable was cut'))
  }

  #sendLater(): void {
    const [next] = this.#late
    if (next === undefined) return
    setTimeout(() => this.#sendDue(), next.due - performance.now()).unref()
  }

  #sendDue(): void {
    if (this.#isGone) return
    const now = performance.now()
    while (this.#late[0] !== undefined && this.#late[0].due <= now) {
      const { frame } = this.#late.shift()!
      this.#lateBytes -= frame.length
      this.#inner.send(frame)
    }
    this.#sendLater()
    if (this.#late.length === 0) this.#wake()
  }

  #gone(): void {
    this.#isGone = true
    this.#late = []
    this.#lateBytes = 0
    this.onGone()
  }

  #wake(): void {
    for (const listener of this.#waiting.splice(0)) listener()
  }
}
