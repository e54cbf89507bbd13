/**
 * Finds the nimbus that leads, which alone lets hosts in. All are dialed at the same time, each again and again: one
 * that stands still or is cut off answers nothing for long, and the next leader is to be found within the lease.
 */
import { type Problem, toProblem } from '../../errors/typhoon-error.ts'
import type { Clock } from '../../util/time/clock.ts'

/** What it needs. */
export interface DialingPorts<Link> {
  readonly clock: Clock
  /**
   * Dials a nimbus.
   * @param signal another one has let this host in, or nobody waits any more
   * @param onOpen is called at once when it lets this host in: no other one is linked after that
   * @throws why there is no link (rejects)
   */
  open(nimbus: string, signal: AbortSignal, onOpen: () => void): Promise<Link>
  /** Of each nimbus a problem is told once, until there is a link. */
  onProblem(problem: Problem): void
}

const REDIAL_MS = 500

export class Dialing<Link> {
  readonly #ports: DialingPorts<Link>
  /** What was said last of each nimbus. */
  readonly #said = new Map<string, string>()

  constructor(ports: DialingPorts<Link>) {
    this.#ports = ports
  }

  /**
   * Dials these until one lets this host in.
   * @param stopped nobody waits any more
   * @returns the link; undefined where it was stopped
   */
  async link(nimbuses: readonly string[], stopped: AbortSignal): Promise<Link | undefined> {
    const found = new AbortController()
    const over = AbortSignal.any([found.signal, stopped])
    const links = await Promise.all(nimbuses.map((nimbus) => this.#dial(nimbus, over, () => found.abort())))
    const link = links.find((one) => one !== undefined)
    if (link !== undefined) this.#said.clear()
    return link
  }

  /** @returns undefined where another one is linked, or nobody waits any more */
  async #dial(nimbus: string, over: AbortSignal, onOpen: () => void): Promise<Link | undefined> {
    while (!over.aborted) {
      try {
        return await this.#ports.open(nimbus, over, onOpen)
      } catch (error) {
        if (!over.aborted) this.#tell(nimbus, toProblem(error))
      }
      await this.#pause(over)
    }
    return undefined
  }

  #tell(nimbus: string, problem: Problem): void {
    if (![...this.#said.values()].includes(problem.message)) this.#ports.onProblem(problem)
    this.#said.set(nimbus, problem.message)
  }

  async #pause(over: AbortSignal): Promise<void> {
    if (over.aborted) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        over.removeEventListener('abort', done)
        cancel()
        resolve()
      }
      over.addEventListener('abort', done)
      const cancel = this.#ports.clock.after(REDIAL_MS, done)
    })
  }
}
