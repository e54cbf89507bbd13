/**
 * One task of a spout during an inquest, the search for the tuple that kills workers: what the task emits is staged,
 * and leaves only as the nimbus lets it, a few roots at a time and in the end one alone (`daemon/inquest/inquest.ts`).
 * Spouts of any kind take part; they notice only that it takes longer.
 *
 * The law: a staged root is neither sent nor lost. It leaves in its order, while its spout is not held back, or is
 * condemned: then it fails without having been sent.
 */
import type { TaskId } from '../../tuple/ids.ts'
import type { OutputStream } from '../task/emitter.ts'

/** The most roots that are staged at a time, and tried together as long as none of them is suspected. */
const MAX_STAGED = 32

/** A root that waits to be sent. */
export interface Staged {
  readonly stream: OutputStream
  readonly values: readonly unknown[]
  readonly targets: readonly TaskId[]
  readonly messageId: unknown
}

/** How a task reaches the nimbus. */
export interface TrialPorts {
  /** What each of these roots is known by. */
  namesOf(roots: readonly Staged[]): readonly (readonly string[])[]
  /** Roots of these names are staged, in this order: may they leave? */
  ask(roots: readonly (readonly string[])[]): void
  /** The roots that have left in this trial have these low halves of root ids, in their order. */
  sent(trial: number, lows: readonly (number | null)[]): void
  /** What was let go in this trial is settled; cleared: by verdicts, none by the loss of a worker. */
  settled(trial: number, cleared: boolean): void
}

/** A trial whose roots are not all settled. */
interface Trial {
  readonly number: number
  open: number
  cleared: boolean
}

export class Trials {
  readonly #ports: TrialPorts
  readonly #staged: Staged[] = []
  /** The trials of the roots that were let go and are not settled, by the low halves of these. */
  readonly #open = new Map<number, Trial>()
  #isOver = false
  #asked = false
  /** The trial that is waited for. */
  #current: Trial | undefined

  constructor(ports: TrialPorts) {
    this.#ports = ports
  }

  get size(): number {
    return this.#staged.length
  }

  get hasRoom(): boolean {
    return this.#staged.length < MAX_STAGED
  }

  /** The inquest is over: what is left here leaves unasked, and nobody waits for its verdicts. */
  get isOver(): boolean {
    return this.#isOver
  }

  end(): void {
    this.#isOver = true
    this.#open.clear()
  }

  stage(root: Staged): void {
    this.#staged.push(root)
  }

  /** The end of a turn: asks for what has gathered, once. */
  ask(): void {
    if (this.#asked || this.#current !== undefined || this.#staged.length === 0) return
    this.#asked = true
    this.#ports.ask(this.#ports.namesOf(this.#staged))
  }

  /**
   * The first of the staged roots may leave. Where the spout is held back meanwhile the others stay, for another trial;
   * one leaves in any case, so that a trial is never empty.
   * @param count at most
   * @param send sends one; the low half of its root, undefined where it could not be sent
   */
  letGo(number: number, count: number, isHeldBack: () => boolean, send: (root: Staged) => number | undefined): void {
    this.#asked = false
    const trial = { number, open: 0, cleared: true }
    const lows: (number | null)[] = []
    while (lows.length < count && (lows.length === 0 || !isHeldBack())) {
      const root = this.#staged.shift()
      if (root === undefined) break
      lows.push(send(root) ?? null)
    }
    for (const low of lows) {
      if (low === null) continue
      this.#open.set(low, trial)
      trial.open++
    }
    this.#ports.sent(number, lows)
    if (trial.open === 0) this.#ports.settled(number, true)
    else this.#current = trial
  }

  /** What was let go in this trial may take as long as it likes: the next roots may be asked for. */
  goOn(number: number): void {
    if (this.#current?.number === number) this.#current = undefined
  }

  /** Takes the first of the staged roots. */
  take(): Staged | undefined {
    return this.#staged.shift()
  }

  /** Takes the first of the staged roots, where it goes by one of these names: it is not to be sent at all. */
  condemned(names: readonly string[]): Staged | undefined {
    this.#asked = false
    const [own] = this.#ports.namesOf(this.#staged.slice(0, 1))
    return own?.some((name) => names.includes(name)) ? this.#staged.shift() : undefined
  }

  /** A root has its verdict, or is lost. */
  onSettled(low: number, lost: boolean): void {
    const trial = this.#open.get(low)
    if (trial === undefined) return
    this.#open.delete(low)
    if (lost) trial.cleared = false
    if (--trial.open > 0) return
    if (this.#current === trial) this.#current = undefined
    this.#ports.settled(trial.number, trial.cleared)
  }
}
