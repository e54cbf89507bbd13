/**
 * One task of a spout while it is looked for the tuple that kills workers: what it emits is staged, and leaves only as the nimbus lets it,
 * few at a time and in the end alone (`daemon/inquest.ts`). Spouts of any kind take part; they notice nothing but that it takes longer.
 *
 * The law: a staged root is neither sent nor lost. It leaves in its order, or is condemned: then it fails without having been sent.
 */
import type { TaskId } from '../tuple/ids.ts'
import { hashFields } from '../values/hash.ts'
import type { OutputStream } from './emitter.ts'

/** So many roots are staged at a time, and tried together as long as none of them is suspected. */
const MAX_STAGED = 32
/** Two hashes make a key that no two tuples share by chance. */
const SEEDS = [0x51ed270b, 0x2545f491] as const

/** A root that waits to be sent. */
export interface Staged {
  readonly stream: OutputStream
  readonly values: readonly unknown[]
  readonly targets: readonly TaskId[]
  readonly messageId: unknown
}

/** How a task reaches the nimbus. */
export interface TrialPorts {
  /** These are staged, in this order: may they leave? */
  ask(keys: readonly string[]): void
  /** What was let go in this trial is settled; cleared: by verdicts, none by the loss of a worker. */
  settled(trial: number, cleared: boolean): void
}

export class Trials {
  readonly #ports: TrialPorts
  readonly #staged: Staged[] = []
  /** Low halves of the roots that were let go and are not settled. */
  readonly #open = new Set<number>()
  #asked = false
  #trial = 0
  #cleared = true

  constructor(ports: TrialPorts) {
    this.#ports = ports
  }

  get size(): number {
    return this.#staged.length
  }

  get hasRoom(): boolean {
    return this.#staged.length < MAX_STAGED
  }

  stage(root: Staged): void {
    this.#staged.push(root)
  }

  /** The end of a turn: asks for what has gathered, once. */
  ask(): void {
    if (this.#asked || this.#open.size > 0 || this.#staged.length === 0) return
    this.#asked = true
    this.#ports.ask(this.#staged.map(keyOf))
  }

  /** The first of the staged roots may leave. @param send sends one; the low half of its root, undefined where it could not be sent */
  letGo(trial: number, count: number, send: (root: Staged) => number | undefined): void {
    this.#asked = false
    this.#trial = trial
    this.#cleared = true
    for (const root of this.#staged.splice(0, count)) {
      const low = send(root)
      if (low !== undefined) this.#open.add(low)
    }
    if (this.#open.size === 0) this.#ports.settled(trial, true)
  }

  /** What was let go may take as long as it likes: the next ones may be asked for. */
  goOn(): void {
    this.#open.clear()
  }

  /** Takes everything that is staged. */
  takeAll(): Staged[] {
    return this.#staged.splice(0)
  }

  /** The first of the staged roots is not to be sent at all. */
  condemned(): Staged | undefined {
    this.#asked = false
    return this.#staged.shift()
  }

  /** A root has its verdict, or is lost. */
  onSettled(low: number, lost: boolean): void {
    if (!this.#open.delete(low)) return
    if (lost) this.#cleared = false
    if (this.#open.size === 0) this.#ports.settled(this.#trial, this.#cleared)
  }
}

/** The same for a tuple that is the same, whichever incarnation of the spout emits it. */
function keyOf({ stream, values }: Staged): string {
  const indexes = values.map((_, index) => index)
  return `${stream.source.stream}/${SEEDS.map((seed) => safeHash(values, indexes, seed).toString(36)).join('/')}`
}

/** Values that have no content to hash cannot be sent either; they are told when they are tried. */
function safeHash(values: readonly unknown[], indexes: readonly number[], seed: number): number {
  try {
    return hashFields(values, indexes, seed)
  } catch {
    return seed
  }
}
