/** What has happened to a topology: the last events, with when and to whom. */

/** What kind of event it was; the words are part of the interface. */
export type EventKind =
  | 'status'
  | 'worker-started'
  | 'worker-lost'
  | 'error'
  | 'run-failed'
  | 'activated'
  | 'deactivated'
  | 'rebalanced'
  | 'snapshot'

/** Plain JSON. */
export interface TimelineEvent {
  /** Rises with every change of the list, so that whoever has seen some can ask for those since. */
  readonly number: number
  /** ISO 8601, in UTC. */
  readonly time: string
  readonly kind: EventKind
  readonly text: string
  readonly component?: string
  readonly task?: number
  readonly worker?: number
  /** Of the catalogue of errors. */
  readonly code?: string
  /** How often it came, where it came more than once within a minute. */
  readonly times?: number
}

/** What is said of one when it happens. */
export type Happened = Omit<TimelineEvent, 'number' | 'time'>

const MOST = 500
const SAME_WITHIN_MS = 60_000
const LONGEST_TEXT = 1000
/** As many of the last ones are looked through for the same one. */
const LOOK_BACK = 20

interface Entry {
  event: TimelineEvent
  readonly beganMs: number
}

export class Timeline {
  readonly #entries: Entry[] = []
  #number = 0

  /** The oldest first. */
  get all(): readonly TimelineEvent[] {
    return this.#entries.map(({ event }) => event)
  }

  /** An error that comes again and again is one event, with how often it came. */
  add(atMs: number, happened: Happened): void {
    const number = ++this.#number
    const times = happened.times ?? 1
    const same = happened.kind === 'error' ? this.#sameAs(happened, atMs) : undefined
    if (same !== undefined) {
      same.event = { ...same.event, number, times: (same.event.times ?? 1) + times }
      return
    }
    const text = happened.text.slice(0, LONGEST_TEXT)
    this.#entries.push({ event: { ...happened, number, time: new Date(atMs).toISOString(), text }, beganMs: atMs })
    if (this.#entries.length > MOST) this.#entries.shift()
  }

  #sameAs({ kind, code, component, worker }: Happened, atMs: number): Entry | undefined {
    const isSame = ({ event, beganMs }: Entry): boolean =>
      atMs - beganMs < SAME_WITHIN_MS &&
      event.kind === kind &&
      event.code === code &&
      event.component === component &&
      event.worker === worker
    return this.#entries.slice(-LOOK_BACK).find(isSame)
  }
}
