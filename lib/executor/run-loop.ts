/**
 * The one loop of a worker. A pass gives each executor a turn; a turn of the loop is as many passes as fit into a
 * millisecond or so, then what was gathered for others leaves and input and output have their turn.
 *
 * Why: nothing asynchronous happens per tuple; batches grow under load, and a lone tuple waits for nobody.
 */
import { BUSY_MS } from '../stats/counters.ts'
import type { Clock } from '../util/time/clock.ts'
import { BatchSize } from './batch-size.ts'
import type { SpoutExecutor } from './spout/spout-executor.ts'
import type { Executor } from './task/executor.ts'

/** A turn of the loop ends after so long. */
const SLICE_MS = 1
/** A turn of the loop has no more passes than this, whatever the clock says: simulated time stands still meanwhile. */
const MAX_PASSES = 256
/** Most tuples that an executor gets through in one turn; fewer where they are slow. */
const MAX_QUOTA = 256
/** Calls of nextTuple that brought nothing before the loop sleeps. */
const SPINS = 4
/**
 * A loop whose spouts bring nothing sleeps for a quarter of the time since they brought something: what comes waits for
 * a small part of the time in which nothing came, and a topology with nothing to do costs next to nothing. The first
 * sleeps are not shorter than a quarter of the pause before, up to a limit: a spout that brings something now and then
 * is asked a few times for each.
 */
const SLEEP_PART = 1 / 4
const MIN_SLEEP_MS = 1
const MAX_FIRST_SLEEP_MS = 4
const MAX_SLEEP_MS = 25

interface Turn {
  readonly executor: Executor
  readonly quota: BatchSize
  readonly isSpout: boolean
}

export class RunLoop {
  readonly #clock: Clock
  readonly #flush: () => void
  readonly #turns: Turn[]
  readonly #spouts: readonly SpoutExecutor[]
  #scheduled = false
  #running = false
  /** Before `start` and after `stop` no task gets a turn. */
  #stopped = true
  /** Work has come since the last pass began: while the loop was busy with sending, as a rule. */
  #woken = false
  #cancelSleep: (() => void) | undefined
  /** Since when the spouts have brought nothing; undefined where they just have. */
  #quietSince: number | undefined
  /** How long they had brought nothing before. */
  #lastQuietMs = 0
  /** The task whose turn it is, for whoever asks why the loop is blocked; 0: none. */
  readonly #onTurn: (task: number) => void

  /**
   * @param spouts have their turns first
   * @param bolts in the order of the data
   * @param flush sends what was gathered; called at the end of each turn
   */
  constructor(
    spouts: readonly SpoutExecutor[],
    bolts: readonly Executor[],
    clock: Clock,
    flush: () => void,
    onTurn: (task: number) => void = () => {},
  ) {
    this.#clock = clock
    this.#flush = flush
    this.#onTurn = onTurn
    const turnOf = (executor: Executor, isSpout: boolean): Turn => ({
      executor,
      quota: new BatchSize(MAX_QUOTA),
      isSpout,
    })
    this.#turns = [...spouts.map((spout) => turnOf(spout, true)), ...bolts.map((bolt) => turnOf(bolt, false))]
    this.#spouts = spouts
  }

  /** There is work, or may be. Cheap; call it as often as you like. */
  wake(): void {
    if (this.#running) this.#woken = true
    if (this.#scheduled || this.#running || this.#stopped) return
    this.#cancelSleep?.()
    this.#cancelSleep = undefined
    this.#scheduled = true
    this.#clock.soon(this.#turn)
  }

  /** Whether what is gathered now is flushed before anything else happens. */
  get isInTurn(): boolean {
    return this.#running
  }

  /** From now on there are turns; all components are prepared. */
  start(): void {
    this.#stopped = false
    this.wake()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelSleep?.()
  }

  readonly #turn = (): void => {
    this.#scheduled = false
    if (this.#stopped) return
    this.#running = true
    const end = this.#clock.now() + SLICE_MS
    let worked = true
    for (let passes = 0; passes < MAX_PASSES && worked; passes++) {
      this.#woken = false
      worked = this.#pass() > 0
      if (this.#clock.now() >= end) break
    }
    this.#onTurn(0)
    this.#flush()
    this.#running = false
    this.#next(worked || this.#woken)
  }

  /** Gives each executor a turn; how much was done. */
  #pass(): number {
    let done = 0
    let before = this.#clock.now()
    for (const { executor, quota, isSpout } of this.#turns) {
      this.#onTurn(executor.task)
      const count = executor.run(quota.current)
      // A spout may take some time to find that there is nothing; that time is not a bolt's.
      if (count === 0 && !isSpout) continue
      done += count
      const after = this.#clock.now()
      executor.counters[BUSY_MS]! += after - before
      if (after - before > SLICE_MS) quota.onPartial(count)
      else if (count >= quota.current) quota.onFull()
      before = after
    }
    return done
  }

  /**
   * Goes on at once where there was work; else spins a little for the spouts, then sleeps; without them waits to be
   * woken.
   */
  #next(worked: boolean): void {
    if (worked) {
      this.wake()
      return
    }
    const asked = this.#spouts.filter((spout) => spout.wantsTurns)
    if (asked.length === 0) return
    const now = this.#clock.now()
    if (asked.some((spout) => spout.idleCalls < SPINS)) {
      if (this.#quietSince !== undefined) this.#lastQuietMs = now - this.#quietSince
      this.#quietSince = undefined
      this.wake()
    } else {
      this.#quietSince ??= now
      const firstMs = clamp(this.#lastQuietMs * SLEEP_PART, MIN_SLEEP_MS, MAX_FIRST_SLEEP_MS)
      const sleepMs = clamp((now - this.#quietSince) * SLEEP_PART, firstMs, MAX_SLEEP_MS)
      this.#cancelSleep = this.#clock.after(sleepMs, () => this.wake())
    }
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
