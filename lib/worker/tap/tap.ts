/**
 * What one tap takes of the tuples that its worker emits.
 *
 * The promise: whoever looks does not slow the topology. In each interval a tap has so much time, so many tuples and so
 * many bytes; what comes when one of them is used up is not looked at, and counted.
 */
import type { FromWorker, TappedTuple, TapWanted } from '../../messaging/control.ts'
import type { TaskId } from '../../tuple/ids.ts'
import { rootText } from '../../tuple/ids.ts'
import type { TupleSource } from '../../tuple/tuple.ts'
import type { Prng } from '../../util/prng.ts'
import type { Clock } from '../../util/time/clock.ts'
import { show } from '../../values/show.ts'
import { encodeCut } from '../../values/text.ts'

/** How often what was taken is sent. */
export const TAP_INTERVAL_MS = 100
/** Of an interval: 2 % of the thread. */
const MOST_MS = TAP_INTERVAL_MS / 50
const MOST_CHARACTERS = 256 * 1024
/** Of one tuple. */
const LONGEST = 16 * 1024

/** Whether a tuple is wanted: `lib/expression`. */
export type Wanted = (
  subject: {
    readonly component: string
    readonly stream: string
    readonly task: number
    readonly tuple: Readonly<Record<string, unknown>>
  },
  onFailure: (why: string) => void,
) => boolean

/** What a tap has taken, how many tuples it left out, and of how many its condition cannot be asked, with why. */
type Taken = Pick<Extract<FromWorker, { readonly type: 'tapped' }>, 'tuples' | 'leftOut' | 'failed' | 'why'>

/** What a tap needs. */
export interface TapPorts {
  readonly clock: Clock
  /** Its own: that of the tasks must not depend on who looks. */
  readonly random: Prng
}

export class Tap {
  readonly #wanted: TapWanted
  readonly #holds: Wanted | undefined
  readonly #ports: TapPorts
  readonly #most: number
  #tuples: TappedTuple[] = []
  #leftOut = 0
  /** Of so many tuples its condition could not be asked; and why, of the first of them. */
  #failed = 0
  #why = ''
  #spentMs = 0
  #characters = 0

  constructor(wanted: TapWanted, holds: Wanted | undefined, ports: TapPorts) {
    this.#wanted = wanted
    this.#holds = holds
    this.#ports = ports
    this.#most = Math.max(1, Math.floor((wanted.perSecond * TAP_INTERVAL_MS) / 1000))
  }

  get number(): number {
    return this.#wanted.tap
  }

  /** Hot while there is a tap. */
  offer(task: TaskId, source: TupleSource, values: readonly unknown[], rootHigh: number, rootLow: number): void {
    const { component, stream, sample } = this.#wanted
    if (component !== undefined && component !== source.component) return
    if (stream !== undefined && stream !== source.stream) return
    if (sample < 1 && this.#ports.random.next() >= sample) return
    if (this.#isUsedUp) this.#leftOut++
    else this.#look(task, source, values, rootHigh === 0 ? undefined : rootText(rootHigh, rootLow))
  }

  /** What was taken and left out since this was asked last; a new interval begins. */
  take(): Taken {
    const failed = this.#failed === 0 ? {} : { failed: this.#failed, why: this.#why }
    const taken = { tuples: this.#tuples, leftOut: this.#leftOut, ...failed }
    this.#tuples = []
    this.#leftOut = 0
    this.#failed = 0
    this.#spentMs = 0
    this.#characters = 0
    return taken
  }

  /** What was taken cannot be sent. */
  leaveOut(tuples: number): void {
    this.#leftOut += tuples
  }

  get #isUsedUp(): boolean {
    return this.#spentMs >= MOST_MS || this.#tuples.length >= this.#most || this.#characters >= MOST_CHARACTERS
  }

  #look(task: TaskId, source: TupleSource, values: readonly unknown[], root: string | undefined): void {
    const { clock } = this.#ports
    const began = clock.now()
    const time = clock.date?.() ?? began
    const { component, stream } = source
    const tuple = Object.fromEntries(source.fields.names.map((name, index) => [name, values[index]]))
    if (this.#holds === undefined || this.#holds({ component, stream, task, tuple }, this.#cannotAsk)) {
      const shown = textOf(tuple)
      this.#characters += shown.values.length
      this.#tuples.push({ task, stream, time, ...shown, ...(root === undefined ? {} : { root }) })
    }
    this.#spentMs += clock.now() - began
  }

  readonly #cannotAsk = (why: string): void => {
    if (this.#failed++ === 0) this.#why = why
  }
}

function textOf(tuple: Readonly<Record<string, unknown>>): Pick<TappedTuple, 'values' | 'isCut'> {
  try {
    const values = encodeCut(tuple, LONGEST)
    if (values.length <= LONGEST) return { values, isCut: false }
  } catch {
    // It stays within its worker, where values may be anything.
  }
  return { values: show(tuple, LONGEST), isCut: true }
}
