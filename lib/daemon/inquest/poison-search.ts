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
 * Where a worker could say what has ended it, it also says which call of a component had begun that. So a tuple is
 * found whose execution was over by then, for a timer or a promise that it had left; and no tuple is blamed for what a
 * tick has begun, the end of the input, or something that belongs to no call: then the restarts are used up.
 *
 * Deaths are in a row unless the workers lived long, and a snapshot became complete meanwhile.
 */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { InHand, Sentence } from '../../messaging/control.ts'
import type { Plan } from '../../scheduler/plan.ts'
import type { ComponentId, Incarnation, TaskId, WorkerId } from '../../tuple/ids.ts'
import { Deaths } from '../../util/time/deaths.ts'
import type { WorkerExit } from '../workers/launcher.ts'
import { Culprit } from './culprit.ts'
import { blamesCode, deathOf, hadInHand, searchBegins } from './findings.ts'
import { Suspects, type Victim } from './suspects.ts'

export interface PoisonSearchPorts {
  plan(): Plan
  /** Milliseconds since any moment. */
  now(): number
  /** The newest snapshot that is complete. */
  snapshot(): number | undefined
  /** How many tuples a component is known to have executed. */
  executed(component: ComponentId): number
  /** A tuple was condemned: the deaths so far were of use. */
  onProgress(): void
  warn(worker: WorkerId, message: string): void
}

/** A tuple of a task. */
interface Hand {
  readonly component: ComponentId
  /** Empty where it is none, but a call of a method. */
  readonly name: string
  readonly method?: string | undefined
}

/** What a death is blamed on. */
interface Blamed {
  readonly hand: Hand
  /** Its execution was over. */
  readonly isLate: boolean
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
  /** For deaths after an execution. That this was over clears nothing, neither its tuple nor the code. */
  readonly #lateCulprit: Culprit
  readonly #deaths = new Deaths()
  readonly #sentences: Sentence[] = []
  readonly #hands = new Map<WorkerId, Hands>()
  #isOn = false
  /** How often workers have died. */
  #died = 0
  /** Of the tuple that was in hand at the last death. */
  #suspected: ComponentId | undefined
  /** Of the tuple whose execution was over before the last such death. */
  #lateComponent: ComponentId | undefined
  #beganAt: number
  #beganFrom: number | undefined

  constructor(ports: PoisonSearchPorts) {
    this.#ports = ports
    this.#beganAt = ports.now()
    this.#culprit = new Culprit(() => this.#executes(this.#suspected))
    this.#lateCulprit = new Culprit(() => this.#executes(this.#lateComponent))
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
  heard(worker: WorkerId, { task, name, is, method }: InHand): void {
    const component = this.#componentOf(task, worker)
    if (component === undefined) return
    const hand = { component, name, method }
    const key = keyOf(hand)
    const hands = this.#of(worker)
    if (name === '') {
      hands.now = is === 'begun' ? hand : undefined
      return
    }
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

  /** @returns why the run cannot go on, where it is the code that ends workers, whichever tuple it has */
  died(worker: WorkerId, incarnation: Incarnation, exit: WorkerExit): Problem | undefined {
    this.#died++
    const wentOn = this.#ports.snapshot() !== this.#beganFrom
    this.#deaths.add(wentOn ? this.#ports.now() - this.#beganAt : 0, 0)
    if (this.#deaths.inARow === 1) this.#end()
    const wasOn = this.#isOn
    this.#isOn ||= exit.wasBlocked === true || this.#deaths.inARow > 1
    if (!this.#isOn) return undefined
    if (!wasOn) this.#ports.warn(worker, searchBegins(worker))
    const blamed = this.#blamedBy(worker, exit)
    const culprit = blamed?.isLate === true ? this.#lateCulprit : this.#culprit
    culprit.died(deathOf(exit))
    if (blamed !== undefined) this.#judge(worker, exit, blamed, culprit)
    return culprit.isCode ? blamesCode(worker, incarnation, this.witnessed(worker, exit)) : undefined
  }

  /** How a worker has died, with what it had in hand where it could not say itself what has ended it. */
  witnessed(worker: WorkerId, exit: WorkerExit): WorkerExit {
    const hand = exit.problem === undefined && exit.wasBlocked !== true ? this.#inHand(worker) : undefined
    return hand === undefined ? exit : { ...exit, problem: hadInHand(hand.component, hand.method) }
  }

  /** What it has in hand alone. */
  #inHand(worker: WorkerId): Hand | undefined {
    const { now, open } = this.#of(worker)
    const [only] = open.values()
    return now ?? (open.size === 1 ? only?.hand : undefined)
  }

  /** Undefined where no tuple is to blame, or where it is not known which one. */
  #blamedBy(worker: WorkerId, exit: WorkerExit): Blamed | undefined {
    const { now, open } = this.#of(worker)
    const isSaid = exit.problem !== undefined && exit.wasBlocked !== true
    const hand = isSaid ? this.#handOf(worker, exit.by) : this.#inHand(worker)
    if (hand === undefined && !isSaid)
      for (const key of open.keys()) this.#suspects.died([key], victimOf(worker, exit), undefined)
    if (hand === undefined || hand.name === '') return undefined
    const key = keyOf(hand)
    return { hand, isLate: !(now !== undefined && keyOf(now) === key) && !open.has(key) }
  }

  /** What a worker says that it was. */
  #handOf(worker: WorkerId, by: WorkerExit['by']): Hand | undefined {
    const component = by === undefined ? undefined : this.#componentOf(by.task, worker)
    return component === undefined ? undefined : { component, name: by!.name }
  }

  /** Undefined where the task is none of the worker. */
  #componentOf(task: TaskId, worker: WorkerId): ComponentId | undefined {
    const { component, worker: home } = this.#ports.plan().tasks[task - 1] ?? {}
    return home === worker ? component : undefined
  }

  #judge(worker: WorkerId, exit: WorkerExit, { hand, isLate }: Blamed, culprit: Culprit): void {
    const { now } = this.#of(worker)
    const victim = victimOf(worker, exit)
    if (isLate) this.#lateComponent = hand.component
    else this.#suspected = hand.component
    const names = [isLate ? `late/${keyOf(hand)}` : keyOf(hand)]
    const isCondemned =
      exit.wasBlocked === true && now !== undefined
        ? this.#suspects.condemn(names, victim)
        : this.#suspects.died(names, victim, this.#ports.now() - this.#beganAt)
    if (!isCondemned) return
    this.#suspects.clear(names)
    culprit.condemned()
    const { component, name } = hand
    this.#sentences.push({ component, name, worker, how: victim.how })
    this.#ports.onProgress()
  }

  #end(): void {
    this.#isOn = false
    this.#suspects.forgetAll()
    this.#culprit.forget()
    this.#lateCulprit.forget()
  }

  /** Whether a component has executed more than what has ended its workers. */
  #executes(component: ComponentId | undefined): boolean {
    return component !== undefined && this.#ports.executed(component) > this.#died
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

function victimOf(worker: WorkerId, exit: WorkerExit): Victim {
  const { how, own } = deathOf(exit)
  return { worker, how, own }
}

function keyOf({ component, name }: Hand): string {
  return `${component}/${name}`
}
