/**
 * Finds the tuple that kills workers, if one does, so that it can be set aside and the run goes on. A worker that dies for the second time in a
 * row, or was blocked, begins an inquest: from then on the spouts only stage what they emit (`executor/trials.ts`), and ask.
 *
 * The law: one trial at a time in the whole topology, and nothing else is let go meanwhile. A worker that dies during a trial makes its
 * roots suspects, and a suspect is tried alone. The root of which a worker has died twice in a row, alone, is condemned; one that comes through
 * is cleared. So no root is blamed for the death of another, and what was found out outlives the worker of its spout.
 *
 * A trial that takes long ends when all workers show that they are not blocked: a bolt may hold a tuple for as long as it likes. The inquest is over
 * when all workers live, none is tried and none has died for a while; each further one lasts twice as long, so that a tuple is reached that comes late.
 */
import type { TaskId, WorkerId } from '../tuple/ids.ts'

/** Deaths during a trial of one root alone that condemn it. */
const CONDEMNING_DEATHS = 2
const CALM_MS = 10_000
const PATIENCE_MS = 1000
/** A link that broke because its peer died is seen before the death is. */
const GRACE_MS = 1000

export interface InquestPorts {
  /** Calls back after a while, unless cancelled. */
  after(ms: number, call: () => void): () => void
  /** Tells every worker whether roots are staged. */
  setTrials(on: boolean): void
  letGo(task: TaskId, trial: number, count: number): void
  /** What was let go of a task is waited for no longer. */
  goOn(task: TaskId): void
  condemn(task: TaskId, worker: WorkerId): void
  /** Asks every worker to answer; false where not all can now. */
  ask(round: number): boolean
  /** Every worker is there and ready. */
  areAllReady(): boolean
  /** Roots have come through. */
  onProgress(): void
}

interface Trial {
  readonly number: number
  readonly task: TaskId
  readonly keys: readonly string[]
}

export class Inquest {
  readonly #ports: InquestPorts
  readonly #waiting = new Map<TaskId, readonly string[]>()
  /** Deaths during a trial of this root alone, in a row; a root without an entry is no suspect. */
  readonly #suspects = new Map<string, number>()
  readonly #condemned = new Map<string, WorkerId>()
  readonly #workers: readonly WorkerId[]
  #trials = 0
  #current: Trial | undefined
  /** Rounds of questions go below 0, those of `Quiescence` above. */
  #round = 0
  #answers = new Set<WorkerId>()
  /** Trials that took long; their roots are still in flight. */
  #lingering: Trial[] = []
  #isOn = false
  #calmMs = CALM_MS
  #cancelCalm: () => void = () => {}
  #cancelTrial: () => void = () => {}

  constructor(workers: readonly WorkerId[], ports: InquestPorts) {
    this.#workers = workers
    this.#ports = ports
  }

  get isOn(): boolean {
    return this.#isOn
  }

  /** @param tasks of the worker @param suspicious begins an inquest, unless one is going on @returns whether one has begun */
  died(worker: WorkerId, tasks: readonly TaskId[], suspicious: boolean): boolean {
    for (const task of tasks) this.#waiting.delete(task)
    if (this.#current !== undefined) this.#judge(this.#current, worker)
    const begins = !this.#isOn && suspicious
    if (begins) {
      this.#isOn = true
      this.#ports.setTrials(true)
    }
    if (this.#isOn) this.#awaitCalm()
    this.#next()
    return begins
  }

  /** A spout task has these roots, and wants to send them in this order. */
  staged(task: TaskId, keys: readonly string[]): void {
    if (!this.#isOn) return
    this.#waiting.set(
      task,
      keys.map((key) => `${task}/${key}`),
    )
    this.#next()
  }

  /** What was let go in a trial is settled. @param cleared by verdicts alone; else a worker may be about to be found dead */
  settled(trial: number, cleared: boolean): void {
    if (this.#current?.number !== trial) return
    this.#cancelTrial()
    if (!cleared) {
      this.#cancelTrial = this.#ports.after(GRACE_MS, () => this.#conclude())
      return
    }
    for (const key of this.#current.keys) this.#suspects.delete(key)
    this.#ports.onProgress()
    this.#conclude()
  }

  /** A worker has answered. When all have, none is blocked by what is tried now, and the next ones may be. */
  answered(worker: WorkerId, round: number): void {
    if (round !== this.#round || this.#current === undefined) return
    this.#answers.add(worker)
    if (this.#answers.size < this.#workers.length) return
    const { task } = this.#current
    this.#lingering.push(this.#current)
    this.#conclude()
    this.#ports.goOn(task)
  }

  #askAll(): void {
    this.#answers.clear()
    this.#round--
    if (!this.#ports.ask(this.#round)) this.#cancelTrial = this.#ports.after(PATIENCE_MS, () => this.#askAll())
  }

  #judge({ keys }: Trial, worker: WorkerId): void {
    const [first, ...others] = keys as [string, ...string[]]
    for (const key of [...others, ...this.#lingering.flatMap((trial) => trial.keys)])
      if (!this.#suspects.has(key)) this.#suspects.set(key, 0)
    const deaths = (this.#suspects.get(first) ?? 0) + (others.length === 0 ? 1 : 0)
    this.#suspects.set(first, deaths)
    if (deaths >= CONDEMNING_DEATHS) this.#condemned.set(first, worker)
    this.#lingering = []
    this.#current = undefined
    this.#cancelTrial()
  }

  #conclude(): void {
    this.#cancelTrial()
    this.#current = undefined
    this.#next()
  }

  #next(): void {
    const [first] = this.#waiting
    if (this.#current !== undefined || first === undefined) return
    const [task, keys] = first
    this.#waiting.delete(task)
    const worker = this.#condemned.get(keys[0]!)
    if (worker !== undefined) {
      this.#ports.condemn(task, worker)
      this.#next()
      return
    }
    const suspect = keys.findIndex((key) => this.#suspects.has(key))
    const count = suspect === -1 ? keys.length : Math.max(1, suspect)
    this.#current = { number: ++this.#trials, task, keys: keys.slice(0, count) }
    this.#cancelTrial = this.#ports.after(PATIENCE_MS, () => this.#askAll())
    this.#ports.letGo(task, this.#trials, count)
  }

  #awaitCalm(): void {
    this.#cancelCalm()
    this.#cancelCalm = this.#ports.after(this.#calmMs, () => {
      if (this.#current === undefined && this.#ports.areAllReady()) this.#end()
      else this.#awaitCalm()
    })
  }

  #end(): void {
    this.#isOn = false
    this.#calmMs *= 2
    this.#waiting.clear()
    this.#suspects.clear()
    this.#lingering = []
    this.#current = undefined
    this.#cancelTrial()
    this.#ports.setTrials(false)
  }
}
