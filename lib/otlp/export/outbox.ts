/**
 * What waits to be sent to a collector. The law: it waits in a queue with a bound, of which the oldest is left out and
 * counted; one request is under way at a time; what fails is sent again, later and later, and nobody waits for it.
 */
import type { Problem } from '../../errors/typhoon-error.ts'
import { backOff } from '../../util/time/back-off.ts'
import type { Clock } from '../../util/time/clock.ts'
import type { Post } from './post.ts'

/** What it needs. */
export interface OutboxPorts {
  readonly clock: Clock
  readonly random: () => number
  readonly post: Post
  /** Where it is sent, as it is told to people: without secrets. */
  readonly address: string
  /** It cannot be sent, told once until it can again; or some was left out. */
  onTrouble(problem: Problem): void
}

/** Requests that wait, and the characters of all of them. */
const MOST_WAITING = 100
const MOST_CHARACTERS = 16 * 1024 * 1024
const FIRST_MS = 1000
const LONGEST_MS = 30_000

export class Outbox {
  readonly #ports: OutboxPorts
  readonly #waiting: string[] = []
  #characters = 0
  #failures = 0
  #leftOut = 0
  #isSending = false
  #isClosed = false
  #cancelWait: () => void = () => {}
  #onIdle: () => void = () => {}

  constructor(ports: OutboxPorts) {
    this.#ports = ports
  }

  /** Sends it when it is its turn. */
  add(json: string): void {
    if (this.#isClosed) return
    this.#waiting.push(json)
    this.#characters += json.length
    while (this.#waiting.length > MOST_WAITING || this.#characters > MOST_CHARACTERS) {
      this.#characters -= this.#waiting.shift()!.length
      this.#leftOut++
    }
    if (!this.#isSending) void this.#send()
  }

  /** Tries once more to send what waits, for so long at most. Nothing is taken any more. */
  async close(mostMs: number): Promise<void> {
    this.#isClosed = true
    if (!this.#isSending && this.#waiting.length === 0) return
    await new Promise<void>((resolve) => {
      const cancel = this.#ports.clock.after(mostMs, resolve)
      this.#onIdle = () => {
        cancel()
        resolve()
      }
      this.#cancelWait()
      if (!this.#isSending) void this.#send()
    })
    this.#leftOut += this.#waiting.splice(0).length
    if (this.#leftOut > 0) this.#tellLeftOut()
  }

  async #send(): Promise<void> {
    this.#isSending = true
    let waitMs: number | undefined
    for (let json = this.#waiting[0]; json !== undefined && waitMs === undefined; json = this.#waiting[0]) {
      const outcome = await this.#ports.post(json)
      if (outcome.is === 'again') {
        this.#failures++
        if (this.#failures === 1) this.#tell(outcome.why, 'it is tried again, later and later')
        waitMs = outcome.afterMs ?? backOff(this.#failures, FIRST_MS, LONGEST_MS, this.#ports.random())
      } else {
        // It may have been left out meanwhile.
        if (this.#waiting[0] === json) this.#characters -= this.#waiting.shift()!.length
        if (outcome.is === 'refused') this.#refused(outcome.why)
        else this.#taken()
      }
    }
    this.#isSending = false
    if (waitMs === undefined || this.#isClosed) this.#onIdle()
    else this.#cancelWait = this.#ports.clock.after(waitMs, () => void (this.#isSending || this.#send()))
  }

  #taken(): void {
    this.#failures = 0
    if (this.#leftOut > 0) this.#tellLeftOut()
  }

  /** It is not sent again; told of the first in a row. */
  #refused(why: string): void {
    this.#failures++
    if (this.#failures === 1) this.#tell(why, 'what it refuses is not sent again')
  }

  #tellLeftOut(): void {
    const count = this.#leftOut
    this.#leftOut = 0
    this.#tell(`requests were left out: ${count}`, 'there was no room for them, or no time')
  }

  #tell(why: string, hint: string): void {
    const message = `${this.#ports.address} does not get all telemetry: ${why}`
    this.#ports.onTrouble({ code: 'TELEMETRY_UNSENT', message, where: {}, hint })
  }
}
