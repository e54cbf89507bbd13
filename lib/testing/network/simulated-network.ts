/**
 * Links between workers in one process, over a clock and a seed: the same run again for the same seed. Delays, losses,
 * cut and silent cables, frozen and crashed workers are at the caller's hand; with none of them it is a plain
 * transport.
 *
 * The promise: nothing here uses real time, so that a simulated clock drives it all; frames keep their order.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { judgeAnswer, judgeRun } from '../../messaging/handshake.ts'
import type { Expected, Identity, Link, Listener, ListenOptions, Network } from '../../messaging/link.ts'
import { nameOf } from '../../messaging/link-end.ts'
import type { WorkerId } from '../../tuple/ids.ts'
import { cableOf, Medium, processOf, SimulatedLink, type SimulatedOptions } from './simulated-link.ts'

export type { SimulatedOptions } from './simulated-link.ts'

/** Whoever dials something that stands still gives up. */
const DIAL_TIMEOUT_MS = 10_000

/** A network within one process, whose links can lose, delay and cut. */
export class SimulatedNetwork implements Network {
  readonly #medium: Medium
  readonly #listeners = new Map<string, ListenOptions>()
  readonly #cuts = new Set<string>()
  /** How often each worker has crashed: what it had begun before is void. */
  readonly #crashes = new Map<WorkerId, number>()
  /** Both ends of every link that is not gone. */
  readonly #ends = new Set<SimulatedLink>()
  #nextPort = 1

  constructor(options: SimulatedOptions) {
    this.#medium = new Medium(options)
  }

  listen(options: ListenOptions): Promise<Listener> {
    const port = options.port || this.#freePort()
    const address = `simulated:${port}`
    if (this.#listeners.has(address)) {
      return Promise.reject(
        new TyphoonError('PORT_TAKEN', `cannot listen on port ${port}: another worker listens there`),
      )
    }
    this.#listeners.set(address, options)
    const close = async (): Promise<void> => {
      if (this.#listeners.get(address) === options) this.#listeners.delete(address)
    }
    return Promise.resolve({ address, close })
  }

  dial(address: string, identity: Identity, expect: Expected): Promise<Link> {
    const crashes = this.#crashes.get(identity.worker)
    const own = processOf(identity.worker)
    const way = [own, processOf(expect.worker), cableOf(identity.worker, expect.worker)]
    return new Promise((resolve, reject) => {
      let isOver = false
      const attempt = (connect: () => Link): void => {
        if (isOver) return
        isOver = true
        cancel()
        try {
          if (this.#crashes.get(identity.worker) !== crashes) throw unreachable(expect, 'the dialer died')
          resolve(connect())
        } catch (error) {
          reject(error)
        }
      }
      const giveUp = (): Link => {
        throw unreachable(expect, 'it does not answer')
      }
      this.#medium.later(this.#medium.delay(), () =>
        this.#medium.whenMoving(way, () => attempt(() => this.#connect(address, identity, expect))),
      )
      const cancel = this.#medium.clock.after(DIAL_TIMEOUT_MS, () =>
        this.#medium.whenMoving([own], () => attempt(giveUp)),
      )
    })
  }

  /** From now on frames of tuples are lost with this probability. */
  setLoss(probability: number): void {
    this.#medium.loss = probability
  }

  /** From now on a bit of a frame is changed with this probability. */
  setDamage(probability: number): void {
    this.#medium.damage = probability
  }

  /** From now on what goes to a worker is under way for so much longer, milliseconds; 0 ends it. */
  slow(worker: WorkerId, ms: number): void {
    this.#medium.late.set(worker, ms)
  }

  /** A frame of tuples is under way on some link. */
  get carriesTuples(): boolean {
    return [...this.#ends].some((end) => end.carriesTuples)
  }

  /** A worker stands still, as after SIGSTOP: what comes for it waits. */
  freeze(worker: WorkerId): void {
    this.#medium.freeze(processOf(worker))
  }

  /** It goes on, and finds what has come. */
  wake(worker: WorkerId): void {
    this.#medium.thaw(processOf(worker))
  }

  /** The cable between two workers carries nothing, without a sign at either end; what is sent waits. */
  silence(a: WorkerId, b: WorkerId): void {
    this.#medium.freeze(cableOf(a, b))
  }

  /** It carries again, and first what has waited on links that have not been given up. */
  unsilence(a: WorkerId, b: WorkerId): void {
    this.#medium.thaw(cableOf(a, b))
  }

  /** Cuts the cable between two workers: what is under way is lost, both ends notice by and by, dials are in vain. */
  cut(a: WorkerId, b: WorkerId): void {
    this.#cuts.add(cableOf(a, b))
    for (const end of [...this.#ends]) {
      if (cableOf(end.own.worker, end.peer.worker) === cableOf(a, b)) end.breakOff('the cable was cut')
    }
  }

  /** Mends the cable; links that broke stay broken. */
  heal(a: WorkerId, b: WorkerId): void {
    this.#cuts.delete(cableOf(a, b))
  }

  /**
   * A worker dies: its listeners are never called again, it does not listen any longer, and its peers notice by and by.
   * It may listen and dial anew, as its next incarnation.
   */
  crash(worker: WorkerId): void {
    this.#crashes.set(worker, (this.#crashes.get(worker) ?? 0) + 1)
    for (const [address, { identity }] of this.#listeners) {
      if (identity.worker === worker) this.#listeners.delete(address)
    }
    for (const end of [...this.#ends]) {
      if (end.own.worker === worker) end.die()
      else if (end.peer.worker === worker) end.breakOff('its process died')
    }
    this.wake(worker)
  }

  #connect(address: string, own: Identity, expect: Expected): Link {
    const listening = this.#listeners.get(address)
    if (listening === undefined) throw unreachable(expect, `nothing listens at ${address}`)
    if (this.#cuts.has(cableOf(own.worker, listening.identity.worker))) throw unreachable(expect, 'the cable is cut')
    const where = { worker: expect.worker }
    const refusal = judgeRun(own, listening.identity) ?? listening.accept(own)?.message
    if (refusal !== undefined) {
      throw new TyphoonError('REFUSED', `${nameOf(expect)} refused the connection: ${refusal}`, { where })
    }
    const fault = judgeAnswer(listening.identity, own, expect)
    if (fault !== undefined)
      throw new TyphoonError('REFUSED', `${address} is not ${nameOf(expect)}: ${fault}`, { where })
    const onGone = (end: SimulatedLink): void => {
      this.#ends.delete(end)
    }
    const dialer = new SimulatedLink(this.#medium, own, listening.identity, onGone)
    const accepted = new SimulatedLink(this.#medium, listening.identity, own, onGone)
    dialer.join(accepted)
    accepted.join(dialer)
    this.#ends.add(dialer).add(accepted)
    listening.onLink(accepted)
    return dialer
  }

  #freePort(): number {
    while (this.#listeners.has(`simulated:${this.#nextPort}`)) this.#nextPort++
    return this.#nextPort++
  }
}

function unreachable(expect: Expected, why: string): TyphoonError {
  return new TyphoonError('LINK_LOST', `cannot reach ${nameOf(expect)}: ${why}`, { where: { worker: expect.worker } })
}
