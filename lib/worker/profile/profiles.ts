/**
 * The profiles that are taken of this worker, one after the other.
 *
 * The promises: no more parts are sent than the nimbus has asked for, so that what it says beside them is not held up;
 * and a profile that nobody wants any more ends.
 */
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import type { FromWorker, ToWorker } from '../../messaging/control.ts'
import { FIRST_PARTS, MOST_OF_PART } from '../../messaging/profiles.ts'

/** Looks into the process. */
export interface Profiler {
  /** Samples what the processor does. @returns ends that, and gives the profile as text */
  startCpu(): Promise<() => Promise<string>>
  /** What the heap holds, as text: the event loop is blocked meanwhile. */
  heap(): AsyncIterable<string>
}

type Order = Extract<ToWorker, { readonly type: 'profile' | 'profile-more' | 'profile-end' }>
type Wanted = Extract<Order, { readonly type: 'profile' }>

/** What they need. */
export interface ProfilesPorts {
  /** Undefined where there is no process of its own to be looked into. */
  readonly profiler: Profiler | undefined
  /** Calls back later. @returns cancels it */
  after(ms: number, call: () => void): () => void
  send(message: Extract<FromWorker, { readonly type: 'profiled' | 'profile-over' }>): void
}

export class Profiles {
  readonly #ports: ProfilesPorts
  #latest: Taking | undefined
  /** The one before may still have to let go of the process. */
  #before: Promise<void> = Promise.resolve()

  constructor(ports: ProfilesPorts) {
    this.#ports = ports
  }

  obey(order: Order): void {
    if (order.type === 'profile') {
      this.end()
      const taking = new Taking(order, this.#ports)
      this.#latest = taking
      this.#before = this.#before.then(() => taking.run())
    } else if (this.#latest?.number === order.profile) {
      if (order.type === 'profile-more') this.#latest.allow(order.parts)
      else this.end()
    }
  }

  /** Whoever wanted one is gone. */
  end(): void {
    this.#latest?.end()
    this.#latest = undefined
  }
}

/** One that is being taken. */
class Taking {
  readonly #wanted: Wanted
  readonly #ports: ProfilesPorts
  #room = FIRST_PARTS
  #isOver = false
  /** It waits for time to pass, or for room: lets it go on. */
  #wake: () => void = () => {}

  constructor(wanted: Wanted, ports: ProfilesPorts) {
    this.#wanted = wanted
    this.#ports = ports
  }

  get number(): number {
    return this.#wanted.profile
  }

  allow(parts: number): void {
    this.#room += parts
    this.#wake()
  }

  end(): void {
    this.#isOver = true
    this.#wake()
  }

  /** Never rejects: what goes wrong is said. */
  async run(): Promise<void> {
    const { send } = this.#ports
    const { profile } = this.#wanted
    try {
      for await (const text of this.#text()) for (const part of inParts(text)) if (!(await this.#sent(part))) return
      if (!this.#isOver) send({ type: 'profile-over', profile })
    } catch (error) {
      if (!this.#isOver) send({ type: 'profile-over', profile, why: messageOf(error).slice(0, 1000) })
    }
  }

  async *#text(): AsyncGenerator<string> {
    const { profiler } = this.#ports
    if (this.#isOver) return
    if (profiler === undefined)
      throw new TyphoonError('PROFILE_FAILED', 'it is simulated, so it has no process that could be looked into')
    if (this.#wanted.kind === 'heap') yield* profiler.heap()
    else yield await this.#sampled(profiler)
  }

  async #sampled(profiler: Profiler): Promise<string> {
    const stop = await profiler.startCpu()
    let isTime = false
    const cancel = this.#ports.after(this.#wanted.ms, () => {
      isTime = true
      this.#wake()
    })
    while (!isTime && !this.#isOver) await this.#woken()
    cancel()
    return stop()
  }

  /** @returns false where nobody wants it any more */
  async #sent(text: string): Promise<boolean> {
    while (this.#room === 0 && !this.#isOver) await this.#woken()
    if (this.#isOver) return false
    this.#room--
    this.#ports.send({ type: 'profiled', profile: this.number, text })
    return true
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function* inParts(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += MOST_OF_PART) yield text.slice(at, at + MOST_OF_PART)
}
