/**
 * Finds the tuple that kills workers, if one does, so that it can be set aside and the run goes on. A worker that dies
 * for the second time in a row, or was blocked, begins an inquest: from then on the spouts only stage what they emit
 * (`executor/spout/trials.ts`), and ask.
 *
 * The law: one trial at a time in the whole topology, begun while every worker is ready, and nothing else is let go
 * meanwhile. A worker that dies during a trial makes its roots suspects, and a suspect is tried alone; what `Suspects`
 * condemns is not sent any more. Where a signal from outside may have ended the worker nothing at all is let go for a
 * while before a suspect is tried again: whether workers die without it, too. So no root is blamed for the death of
 * another, nor for one of a worker that it cannot have reached, nor for what somebody else does to the workers; and
 * what was found out outlives the worker of its spout.
 *
 * A trial that takes long makes room when all workers show that they are not blocked: a bolt may hold a tuple for as
 * long as it likes. The inquest is over when none has died for a while, all workers are ready and no suspect is left:
 * the running trial is then the last. A suspect that does not come again is waited for only so long. Each further
 * inquest lasts longer, so that a tuple is reached that comes late. Where no tuple is to blame, but the code whichever
 * it has (`Culprit`), the run is given up.
 */

import type { RootId } from '../../messaging/control.ts'
import { spoutTaskOf, type TaskId, type WorkerId } from '../../tuple/ids.ts'
import { backOff } from '../../util/time/back-off.ts'
import { Culprit, type Death } from './culprit.ts'
import { type NamesOfRoot, Suspects, type Victim } from './suspects.ts'

const CALM_MS = 10_000
const MAX_CALM_MS = 160_000
/** So many calm whiles in a row are enough although suspects are left. */
const CALMS_WITH_SUSPECTS = 6
const PATIENCE_MS = 1000
/** A link that broke because its peer died is seen before the death is. */
const GRACE_MS = 1000

export interface InquestPorts {
  /** Milliseconds since any moment. */
  now(): number
  /** Calls back after a while, unless cancelled. */
  after(ms: number, call: () => void): () => void
  /** Tells every worker whether roots are staged. */
  setTrials(on: boolean): void
  letGo(task: TaskId, trial: number, count: number): void
  /** What was let go of a task in this trial is waited for no longer. */
  goOn(task: TaskId, trial: number): void
  /**
   * @param names of the root, which must be the first that is staged; `condemned` is called when it is done with, for
   * the worker of the spout may die of the next root
   * @param how the worker died of it, in words
   */
  condemn(task: TaskId, worker: WorkerId, names: NamesOfRoot, how: string): void
  /** A root in flight has blocked a worker; false where its spout lives in that one, and so ends with it. */
  condemnRoot(root: RootId, victim: Victim): boolean
  /** Asks every worker to answer; false where not all can now. */
  ping(round: number): boolean
  /** How many workers there are when all are ready. */
  workerCount(): number
  /** Every worker is there and ready. */
  areAllReady(): boolean
  /** A suspect was cleared or condemned: the deaths so far were of use. */
  onProgress(): void
  /** Whether roots of the topology are known to have been acked. */
  anyAcked(): boolean
}

interface Trial {
  readonly number: number
  readonly task: TaskId
  /** Those that were let go; those that have left, as soon as the spout has reported them. */
  roots: readonly NamesOfRoot[]
  readonly letGoAtMs: number
  /** Low halves of the ids of those that have left; null: could not be sent. */
  lows: readonly (number | null)[]
}

const NO_TRIAL: Pick<Trial, 'task' | 'roots' | 'lows'> = { task: 0, roots: [], lows: [] }

export class Inquest {
  readonly #ports: InquestPorts
  /** What each task has staged and asked for. */
  readonly #waiting = new Map<TaskId, readonly NamesOfRoot[]>()
  readonly #suspects = new Suspects()
  readonly #culprit: Culprit
  #trials = 0
  #current: Trial | undefined
  /** The spout task that has heard of a condemned root, and has not said that it is done with it. */
  #condemning: TaskId | undefined
  /** The suspect that is tried next, while nothing is let go before. */
  #quietBefore: NamesOfRoot | undefined
  #round = 0
  readonly #answers = new Set<WorkerId>()
  /** Trials that took long, by number; their roots are still in flight. */
  readonly #lingering = new Map<number, Trial>()
  #isOn = false
  /** It ends as soon as nothing is tried. */
  #isEnding = false
  /** That have ended. */
  #inquests = 0
  #cancelCalm: () => void = () => {}
  #cancelTrial: () => void = () => {}

  constructor(ports: InquestPorts) {
    this.#ports = ports
    this.#culprit = new Culprit(() => ports.anyAcked())
  }

  /** No tuple is to blame for the deaths, but the code that executes them. */
  get blamesCode(): boolean {
    return this.#culprit.isCode
  }

  get isOn(): boolean {
    return this.#isOn
  }

  /**
   * @param tasks of the worker
   * @param suspicious begins an inquest, unless one is going on
   * @returns whether one has begun
   */
  died(worker: WorkerId, tasks: readonly TaskId[], suspicious: boolean, death: Death): boolean {
    for (const task of tasks) {
      this.#waiting.delete(task)
      if (task === this.#condemning) this.#condemning = undefined
    }
    const begins = !this.#isOn && suspicious
    if (this.#isOn || begins) this.#culprit.died(death)
    this.#judge({ worker, how: death.how, own: death.own })
    if (begins) {
      this.#isOn = true
      this.#ports.setTrials(true)
    }
    if (this.#isOn) this.#awaitCalm()
    this.#next()
    return begins
  }

  /** All workers have left in good order, and others take their places: nothing is staged or tried any more. */
  startOver(): void {
    this.#waiting.clear()
    this.#lingering.clear()
    this.#current = undefined
    this.#condemning = undefined
    this.#quietBefore = undefined
    this.#cancelTrial()
  }

  /** A worker is ready: perhaps it was the last that was missing. */
  ready(): void {
    this.#next()
  }

  /** A spout task has these roots, and wants to send them in this order. */
  staged(task: TaskId, roots: readonly NamesOfRoot[]): void {
    if (!this.#isOn || roots.length === 0) return
    this.#waiting.set(
      task,
      roots.map((names) => names.map((name) => `${task}/${name}`)),
    )
    this.#next()
  }

  /** The first of what was let go in a trial has left; its spout was held back with the rest, and asks again. */
  sent(number: number, lows: readonly (number | null)[]): void {
    if (this.#current?.number !== number) return
    this.#current.lows = lows
    this.#current.roots = this.#current.roots.slice(0, lows.length)
  }

  /**
   * A worker is about to be ended because its event loop is blocked, and a bolt has had a tuple of this root in hand
   * all the time. Its spout still has it, unless it lives in that worker: then it is known from the trial.
   */
  accuse(root: RootId, victim: Victim): void {
    if (this.#ports.condemnRoot(root, victim)) {
      this.#culprit.condemned()
      this.#ports.onProgress()
      return
    }
    for (const { task, roots, lows } of [...this.#lingering.values(), this.#current ?? NO_TRIAL]) {
      const names = task === spoutTaskOf(root.high) ? roots[lows.indexOf(root.low)] : undefined
      if (names !== undefined && this.#suspects.condemn(names, victim)) this.#culprit.condemned()
    }
  }

  /**
   * What was let go in a trial is settled.
   * @param cleared by verdicts alone; else a worker may be about to be found dead
   */
  settled(number: number, cleared: boolean): void {
    const isCurrent = this.#current?.number === number
    const trial = isCurrent ? this.#current : this.#lingering.get(number)
    if (trial === undefined) return
    if (cleared) {
      this.#clear(trial)
      this.#lingering.delete(number)
    }
    if (!isCurrent) return
    if (cleared) this.#conclude()
    else {
      this.#cancelTrial()
      this.#cancelTrial = this.#ports.after(GRACE_MS, () => this.#conclude())
    }
  }

  /** A spout task has failed the root that was condemned, and what it has counted is known. */
  condemned(task: TaskId): void {
    if (task !== this.#condemning) return
    this.#condemning = undefined
    this.#next()
  }

  /** A worker has answered. When all have, none is blocked by what is tried now, and the next ones may be. */
  answered(worker: WorkerId, round: number): void {
    if (round !== this.#round || this.#current === undefined) return
    this.#answers.add(worker)
    if (this.#answers.size < this.#ports.workerCount()) return
    const trial = this.#current
    this.#lingering.set(trial.number, trial)
    this.#conclude()
    this.#ports.goOn(trial.task, trial.number)
  }

  #pingAll(): void {
    this.#answers.clear()
    this.#round++
    if (!this.#ports.ping(this.#round)) this.#cancelTrial = this.#ports.after(PATIENCE_MS, () => this.#pingAll())
  }

  #clear({ roots }: Trial): void {
    let wereSuspects = false
    for (const names of roots) {
      this.#culprit.cleared(names)
      if (this.#suspects.clear(names)) wereSuspects = true
    }
    if (wereSuspects) this.#ports.onProgress()
  }

  /** All workers were ready when what is in flight was let go, so it may have reached the one that has died. */
  #judge(victim: Victim): void {
    const { roots = [], letGoAtMs = 0 } = this.#current ?? {}
    const blame = (names: NamesOfRoot, aloneForMs?: number): void => {
      if (this.#suspects.died(names, victim, aloneForMs)) this.#culprit.condemned()
    }
    for (const trial of this.#lingering.values()) for (const names of trial.roots) blame(names)
    for (const names of roots) blame(names, roots.length === 1 ? this.#ports.now() - letGoAtMs : undefined)
    this.#lingering.clear()
    if (this.#quietBefore !== undefined) this.#suspects.diedWithout(this.#quietBefore)
    this.#quietBefore = undefined
    // Those of its roots that had timed out before have no verdict that the spout would wait for.
    if (this.#current !== undefined) this.#ports.goOn(this.#current.task, this.#current.number)
    this.#current = undefined
    this.#cancelTrial()
  }

  #conclude(): void {
    this.#cancelTrial()
    this.#current = undefined
    this.#next()
  }

  #next(): void {
    const isBusy = (this.#current ?? this.#quietBefore ?? this.#condemning) !== undefined
    if (!this.#isOn || isBusy || !this.#ports.areAllReady()) return
    if (this.#isEnding) {
      this.#end()
      return
    }
    const [first] = this.#waiting
    if (first === undefined) return
    const [task, roots] = first
    const quietMs = this.#suspects.quietMsBefore(roots[0]!)
    const victim = this.#suspects.condemnedFor(roots[0]!)
    if (victim === undefined && quietMs === 0) this.#try(task, roots)
    else if (victim === undefined) {
      this.#quietBefore = roots[0]!
      this.#cancelTrial = this.#ports.after(quietMs, () => {
        this.#quietBefore = undefined
        this.#try(task, roots)
      })
    } else {
      this.#waiting.delete(task)
      this.#condemning = task
      const prefix = `${task}/`.length
      this.#ports.condemn(
        task,
        victim.worker,
        roots[0]!.map((name) => name.slice(prefix)),
        victim.how,
      )
      this.#ports.onProgress()
    }
  }

  #try(task: TaskId, roots: readonly NamesOfRoot[]): void {
    this.#waiting.delete(task)
    const suspect = roots.findIndex((names) => this.#suspects.has(names))
    const count = suspect === -1 ? roots.length : Math.max(1, suspect)
    // Answers to a question that was asked of another trial say nothing of this one.
    this.#round++
    this.#current = {
      number: ++this.#trials,
      task,
      roots: roots.slice(0, count),
      letGoAtMs: this.#ports.now(),
      lows: [],
    }
    this.#cancelTrial = this.#ports.after(PATIENCE_MS, () => this.#pingAll())
    this.#ports.letGo(task, this.#trials, count)
  }

  #awaitCalm(calmsLeft = CALMS_WITH_SUSPECTS): void {
    this.#cancelCalm()
    this.#isEnding = false
    this.#cancelCalm = this.#ports.after(backOff(this.#inquests + 1, CALM_MS, MAX_CALM_MS), () => {
      if (!this.#ports.areAllReady() || (this.#suspects.areOpen && calmsLeft > 1)) this.#awaitCalm(calmsLeft - 1)
      else {
        this.#isEnding = true
        this.#next()
      }
    })
  }

  #end(): void {
    this.#isOn = false
    this.#inquests++
    this.#waiting.clear()
    this.#suspects.forgetAll()
    this.#culprit.forget()
    this.#lingering.clear()
    this.#ports.setTrials(false)
  }
}
