/**
 * What the tasks of a worker have in hand, said to the parent of its process before it is executed: where a tuple is
 * atomic, and workers die again and again, that is how the tuple is found which ends them
 * (`daemon/inquest/poison-search.ts`). What was found is not executed any more: it fails for good, with how it ended
 * its worker as the error, and so becomes a dead letter like any other.
 *
 * The law: as long as it is watched, a worker executes one tuple at a time. Where that takes long, another one may
 * begin now and then, for a bolt may wait for it.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { ComponentId, TaskId, WorkerId } from '../../tuple/ids.ts'
import { TIMER_SOURCE } from '../../tuple/system-sources.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { isThenable } from '../../util/thenable.ts'
import type { Clock } from '../../util/time/clock.ts'
import { contentName } from '../../values/content-name.ts'

/** It is watched for at least so long, and until a snapshot is complete: what comes then is another failure. */
const CALM_MS = 10_000
/** An execution that takes longer keeps others from beginning no longer. */
const PATIENCE_MS = 1000

/** Which tuple it is of a task, and how far its execution is. */
export interface HandNote {
  readonly task: TaskId
  readonly name: string
  readonly is: 'begun' | 'open' | 'over'
}

/** A tuple that ends workers. */
export interface Condemned {
  readonly component: ComponentId
  readonly name: string
  readonly worker: WorkerId
  readonly how: string
}

/** What the hands of a worker are given. */
export interface HandPorts {
  readonly clock: Clock
  /** Says it at once, so that the parent has it whatever becomes of this process. */
  say(note: HandNote): void
  wake(): void
}

/** Of a worker. */
export class Hands {
  readonly #ports: HandPorts
  readonly #condemned: readonly Condemned[]
  #isWatched: boolean
  #isSnapshotComplete = false
  #firstAt: number | undefined
  /** Promises that are not settled, and when the last of them was begun. */
  #open = 0
  #openSince = 0

  constructor(isWatched: boolean, condemned: readonly Condemned[], ports: HandPorts) {
    this.#isWatched = isWatched
    this.#condemned = condemned
    this.#ports = ports
  }

  /** Those of one task; undefined where nothing is to be said or left out of it. */
  of(task: TaskId, component: ComponentId): Hand | undefined {
    const condemned = this.#condemned.filter((one) => one.component === component)
    if (!this.#isWatched && condemned.length === 0) return undefined
    return new Hand(task, new Map(condemned.map((one) => [one.name, one])), this)
  }

  snapshotComplete(): void {
    this.#isSnapshotComplete = true
  }

  /** Whether what is executed now is to be said. */
  isWatching(): boolean {
    if (!this.#isWatched) return false
    const now = this.#ports.clock.now()
    this.#firstAt ??= now
    this.#isWatched = !this.#isSnapshotComplete || now - this.#firstAt < CALM_MS
    return this.#isWatched
  }

  say(note: HandNote): void {
    this.#ports.say(note)
  }

  /** How many promises a task may have unsettled now. @param unsettled how many it has @param most that it may ever */
  room(unsettled: number, most: number): number {
    if (!this.#isWatched) return most
    const isLong = this.#ports.clock.now() - this.#openSince >= PATIENCE_MS
    return this.#open === 0 || isLong ? Math.min(most, unsettled + 1) : 0
  }

  opened(): void {
    this.#open++
    this.#openSince = this.#ports.clock.now()
    this.#ports.clock.after(PATIENCE_MS, () => this.#ports.wake())
  }

  closed(): void {
    this.#open--
  }
}

/** Of one task. */
export class Hand {
  readonly #task: TaskId
  readonly #condemned: ReadonlyMap<string, Condemned>
  readonly #hands: Hands

  constructor(task: TaskId, condemned: ReadonlyMap<string, Condemned>, hands: Hands) {
    this.#task = task
    this.#condemned = condemned
    this.#hands = hands
  }

  /** Like that of `Hands`. */
  room(unsettled: number, most: number): number {
    return this.#hands.room(unsettled, most)
  }

  /** Executes a tuple. @throws POISON_TUPLE where it is not to be executed; what `execute` throws */
  take(tuple: Tuple, execute: () => void | Promise<unknown>): void | Promise<unknown> {
    const isWatching = this.#hands.isWatching()
    const name = isWatching || this.#condemned.size > 0 ? nameOf(tuple) : undefined
    if (name === undefined) return execute()
    const condemned = this.#condemned.get(name)
    if (condemned !== undefined) throw poisonTuple(condemned)
    return isWatching ? this.#watch(name, execute) : execute()
  }

  #watch(name: string, execute: () => void | Promise<unknown>): void | Promise<unknown> {
    const say = (is: HandNote['is']): void => this.#hands.say({ task: this.#task, name, is })
    say('begun')
    let promise: void | Promise<unknown>
    try {
      promise = execute()
    } catch (error) {
      say('over')
      throw error
    }
    if (!isThenable(promise)) {
      say('over')
      return promise
    }
    say('open')
    this.#hands.opened()
    const over = (): void => {
      this.#hands.closed()
      say('over')
    }
    void Promise.resolve(promise).then(over, over)
    return promise
  }
}

/** Another attempt would end its worker again: it is permanent. */
function poisonTuple({ worker, how }: Condemned): TyphoonError {
  const what = `this tuple has ended worker ${worker} each time that it was executed, and is set aside (${how})`
  return new TyphoonError('POISON_TUPLE', what, { where: { worker } })
}

/** Undefined for what has no content, and for ticks and watermarks, which are all the same. */
function nameOf({ source, values }: Tuple): string | undefined {
  if (source.calls !== undefined && source !== TIMER_SOURCE) return undefined
  const content = contentName(values as readonly unknown[])
  return content && `${source.component}/${source.stream}/${content}`
}
