/**
 * Finds the tuple that ends workers where a tuple is atomic. There is no root to try one after the other, for nothing
 * is tracked; but an execution has no effect before it is over, so it is enough to know what was in hand. From the
 * second death in a row on, or the first of a worker that was blocked, workers say each tuple before they execute it,
 * and when its execution is over (`executor/exact/hands.ts`).
 *
 * The law: a tuple is condemned by deaths in a row with it alone in hand, as a root is (`Suspects`); by one, where the
 * loop was blocked meanwhile. Coming through once clears it. It goes by where it comes from, where it goes to and what
 * is in it, for a replay has another order; so tuples with equal values are judged as one. What is condemned stays so
 * for the run: each task to which it comes sets it aside, as often as it all goes back.
 *
 * A death for which a tuple is suspected again was of use: where several come in turn that end workers, only the first
 * death of each uses up restarts.
 *
 * Deaths are in a row unless the workers lived long, and a snapshot became complete meanwhile. Those before the run
 * has begun count, too, for what a snapshot holds in flight is executed as soon as a worker can; but one that had
 * nothing in hand then may have died of its start, and is held against nothing.
 */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { InHand, Sentence } from '../../messaging/control.ts'
import type { Plan } from '../../scheduler/plan.ts'
import type { ComponentId, Incarnation, WorkerId } from '../../tuple/ids.ts'
import { Deaths } from '../../util/time/deaths.ts'
import type { WorkerExit } from '../workers/launcher.ts'
import { Culprit } from './culprit.ts'
import { blamesCode, deathOf, searchBegins } from './findings.ts'
import { Suspects } from './suspects.ts'

export interface PoisonSearchPorts {
  plan(): Plan
  /** Milliseconds since any moment. */
  now(): number
  /** The newest snapshot that is complete. */
  snapshot(): number | undefined
  /** How many tuples a component is known to have executed. */
  executed(component: ComponentId): number
  /** A tuple was condemned, or is suspected again: the deaths so far were of use. */
  onProgress(): void
  warn(worker: WorkerId, message: string): void
}

/** A tuple of a task. */
interface Hand {
  readonly component: ComponentId
  readonly name: string
}

/** What one worker has in hand. */
interface Hands {
  /** Its execution has not returned. */
  now?: Hand | undefined
  /** Those whose promise is not settled; of equal ones, how many. */
  readonly open: Map<string, { readonly hand: Hand; count: number }>
}

export class PoisonSearch {
  readonly #ports: PoisonSearchPorts
  readonly #suspects = new Suspects()
  readonly #culprit: Culprit
  readonly #deaths = new Deaths()
  readonly #sentences: Sentence[] = []
  readonly #hands = new Map<WorkerId, Hands>()
  #isOn = false
  /** It was said that it is on. */
  #isTold = false
  /** How often workers have died, but for those that may have died of their start. */
  #died = 0
  /** Of the tuple that was in hand at the last death. */
  #suspected: ComponentId | undefined
  #beganAt: number
  #beganFrom: number | undefined

  constructor(ports: PoisonSearchPorts) {
    this.#ports = ports
    this.#beganAt = ports.now()
    this.#culprit = new Culprit(() => this.#suspected !== undefined && this.#executes(this.#suspected))
  }

  /** What the workers that begin now are to do. */
  get orders(): { readonly watched: boolean; readonly sentences: readonly Sentence[] } {
    return { watched: this.#isOn, sentences: this.#sentences }
  }

  /** All workers begin anew. */
  begins(): void {
    this.#hands.clear()
    this.#beganAt = this.#ports.now()
    this.#beganFrom = this.#ports.snapshot()
  }

  /** What a worker says of a tuple that it executes. */
  heard(worker: WorkerId, { task, name, is }: InHand): void {
    const { component, worker: home } = this.#ports.plan().tasks[task - 1] ?? {}
    if (component === undefined || home !== worker) return
    const hand = { component, name }
    const key = keyOf(hand)
    const hands = this.#of(worker)
    const hasReturned = hands.now === undefined
    hands.now = is === 'begun' ? hand : undefined
    const open = hands.open.get(key) ?? { hand, count: 0 }
    if (is === 'open') hands.open.set(key, { hand, count: open.count + 1 })
    if (is !== 'over') return
    if (hasReturned) hands.open.set(key, { hand, count: open.count - 1 })
    if (hasReturned && open.count <= 1) hands.open.delete(key)
    this.#suspects.clear([key])
    if (component === this.#suspected) this.#culprit.cleared([key])
  }

  /**
   * @param isStarting the run had not begun (again)
   * @returns why the run cannot go on, where it is the code that ends workers, whichever tuple it has
   */
  died(worker: WorkerId, incarnation: Incarnation, exit: WorkerExit, isStarting: boolean): Problem | undefined {
    const wentOn = this.#ports.snapshot() !== this.#beganFrom
    this.#deaths.add(wentOn ? this.#ports.now() - this.#beganAt : 0, 0)
    if (this.#deaths.inARow === 1) this.#end()
    this.#isOn ||= exit.wasBlocked === true || this.#deaths.inARow > 1
    if (isStarting && !this.#hasInHand(worker)) return undefined
    this.#died++
    if (!this.#isOn) return undefined
    if (!this.#isTold) this.#ports.warn(worker, searchBegins(worker))
    this.#isTold = true
    this.#culprit.died(deathOf(exit))
    this.#judge(worker, exit)
    return this.#culprit.isCode ? blamesCode(worker, incarnation, exit) : undefined
  }

  #judge(worker: WorkerId, exit: WorkerExit): void {
    const { now, open } = this.#of(worker)
    const { how, own } = deathOf(exit)
    const victim = { worker, how, own }
    const [only] = open.values()
    const alone = now ?? (open.size === 1 ? only?.hand : undefined)
    if (alone === undefined) {
      for (const key of open.keys()) this.#suspects.died([key], victim, undefined)
      return
    }
    this.#suspected = alone.component
    const names = [keyOf(alone)]
    const isAgain = this.#suspects.hasDiedAlone(names)
    const isCondemned =
      exit.wasBlocked === true && now !== undefined
        ? this.#suspects.condemn(names, victim)
        : this.#suspects.died(names, victim, this.#ports.now() - this.#beganAt)
    if (isCondemned || isAgain) this.#ports.onProgress()
    if (!isCondemned) return
    this.#suspects.clear(names)
    this.#culprit.condemned()
    this.#sentences.push({ ...alone, worker, how })
  }

  #end(): void {
    this.#isOn = false
    this.#isTold = false
    this.#suspects.forgetAll()
    this.#culprit.forget()
  }

  /** Whether a component has executed more than what has ended its workers. */
  #executes(component: ComponentId): boolean {
    return this.#ports.executed(component) > this.#died
  }

  #hasInHand(worker: WorkerId): boolean {
    const { now, open } = this.#of(worker)
    return now !== undefined || open.size > 0
  }

  #of(worker: WorkerId): Hands {
    let hands = this.#hands.get(worker)
    if (hands === undefined) {
      hands = { open: new Map() }
      this.#hands.set(worker, hands)
    }
    return hands
  }
}

function keyOf({ component, name }: Hand): string {
  return `${component}/${name}`
}
