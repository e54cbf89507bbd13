/**
 * A disturbed run, and the runs that go on after it, with one store of snapshots. A run that is killed whole stops
 * where it stands: the time of its cluster does not go on. All of it comes from one seed.
 */
import type { Problem } from '../../../lib/index.ts'
import type { Manifest } from '../../../lib/snapshots/manifest.ts'
import { readSegment } from '../../../lib/snapshots/read-segment.ts'
import { LocalCluster, type LocalTopology } from '../../../lib/testing/index.ts'
import { FaultyStore, type Moment } from '../../../lib/testing/simulated/faulty-store.ts'
import { MemorySnapshots } from '../../../lib/testing/simulated/memory-snapshots.ts'
import { Prng } from '../../../lib/util/prng.ts'
import { disturbed, Ends, LIMIT, Outside } from './components.ts'

export type Victim = 'worker 1' | 'worker 2' | 'all' | 'run'

/** One or all workers, or the run, is killed when the store is at a moment for the n-th time, from 1 up. */
export interface Strike {
  readonly moment: Moment
  readonly nth: number
  readonly victim: Victim
}

/** What came of it. */
export interface Outcome {
  readonly ends: Ends
  readonly outside: Outside
  /** Of the last run. */
  readonly status: string
  readonly problem: Problem | undefined
  /** Sums over the accounts and what is under way, of each snapshot that was completed. */
  readonly sums: readonly number[]
  readonly runs: number
  readonly strikes: number
}

/** A part of all lines. */
const MOST = 0.85
const LIMIT_MS = 600_000
/** What a run may fail with that is disturbed: it cannot read its snapshots, or sleeps while its workers begin. */
const FAILS = ['STATE_UNAVAILABLE', 'WORKER_START_FAILED']

export class World {
  readonly random: Prng
  readonly #seed: number
  readonly #snapshots = new MemorySnapshots()
  readonly #ends = new Ends()
  readonly #outside = new Outside()
  readonly #sums: number[] = []
  #cluster!: LocalCluster
  #topology: LocalTopology | undefined
  #isDead = false
  #runs = 0
  /** So many nimbuses have taken the place of another one. */
  #reign = 0
  #workers = 1
  #strikes = 0
  #armed: (Strike & { left: number }) | undefined
  #slowMs = 0
  #status = ''
  #fault: string | undefined

  constructor(seed: number) {
    this.#seed = seed
    this.random = new Prng(seed)
  }

  /** Runs it to its end; each run but the last is disturbed, and the last one nothing happens to. */
  async run(runs: number, disturb: (world: World) => Promise<void>): Promise<Outcome> {
    for (;;) {
      const topology = await this.#begin()
      if (topology !== undefined && this.#runs < runs) await disturb(this)
      this.#calm()
      if (topology === undefined || this.#isDead) continue
      await this.#until(() => topology.isDone, LIMIT_MS)
      if (this.#isDead) continue
      const { status, problem } = await topology.complete(0)
      if (problem !== undefined && FAILS.includes(problem.code) && this.#runs < runs) continue
      const left = { ends: this.#ends, outside: this.#outside, sums: this.#sums }
      return { ...left, status, problem, runs: this.#runs, strikes: this.#strikes }
    }
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    let isOver = false
    this.#cluster.clock.after(ms, () => {
      isOver = true
    })
    await this.#until(() => isOver, ms + 1)
  }

  get isOver(): boolean {
    return this.#isDead || this.#topology!.isDone
  }

  /** Lets time pass until most lines are written, or all spouts are exhausted and the bolts hear of it. */
  async untilLate(when: 'most' | 'finishing'): Promise<void> {
    const isLate = (): boolean =>
      when === 'most' ? this.#outside.lines.length > MOST * LIMIT : this.#status === 'finishing'
    await this.#until(() => isLate() || this.isOver, LIMIT_MS)
  }

  /** Something is killed by and by. */
  arm(strike: Strike): void {
    this.#armed = { ...strike, left: strike.nth }
  }

  /** Lets time pass until what is armed has happened, or will not happen any more. */
  async untilStruck(): Promise<void> {
    await this.#until(() => this.#armed === undefined || this.isOver, LIMIT_MS)
  }

  kill(victim: Victim): void {
    this.#strikes++
    if (victim === 'run') this.#isDead = true
    else if (victim === 'all')
      for (let worker = 1; worker <= this.#workers; worker++) this.#topology!.killWorker(worker)
    else this.#topology!.killWorker(victim === 'worker 1' ? 1 : this.#atMost(2))
  }

  /** Between two workers; of a run with one only time passes. */
  async cut(a: number, b: number, ms: number): Promise<void> {
    if (b > this.#workers) return this.pass(ms)
    this.#topology!.cut(a, b)
    await this.pass(ms)
    this.#topology!.heal(a, b)
  }

  async silence(a: number, b: number, ms: number): Promise<void> {
    if (b > this.#workers) return this.pass(ms)
    this.#topology!.silence(a, b)
    await this.pass(ms)
    this.#topology!.unsilence(a, b)
  }

  /** Stops a worker, or, with 0, the run, or all of them, for a while. */
  async freeze(who: number | 'all', ms: number): Promise<void> {
    const all = Array.from({ length: this.#workers + 1 }, (_, worker) => worker)
    const processes = who === 'all' ? all : [this.#atMost(who)]
    for (const process of processes) this.#topology!.freeze(process)
    await this.pass(ms)
    for (const process of processes) this.#topology!.wake(process)
  }

  #atMost(worker: number): number {
    return Math.min(worker, this.#workers)
  }

  /** The nimbus is gone for a while; its workers go on, and another one takes them over. */
  async failOver(ms: number): Promise<void> {
    const topology = this.#topology!
    topology.loseNimbus()
    await this.pass(ms)
    if (this.#isDead) return
    this.#reign++
    await this.#started(topology.newNimbus())
  }

  /** A nimbus reads its snapshots first, which takes simulated time. */
  async #started(starting: Promise<void>): Promise<void> {
    let isOver = false
    void starting.finally(() => {
      isOver = true
    })
    await this.#until(() => isOver, LIMIT_MS)
    if (!this.#isDead) await starting
  }

  /** The clock is set forward or back. */
  jump(ms: number): void {
    this.#cluster.shiftDate(ms)
  }

  async slow(callMs: number, ms: number): Promise<void> {
    this.#slowMs = callMs
    await this.pass(ms)
    this.#slowMs = 0
  }

  async refuse(fault: string, ms: number): Promise<void> {
    this.#fault = fault
    await this.pass(ms)
    this.#fault = undefined
  }

  /** Undefined where it could not begin. */
  async #begin(): Promise<LocalTopology | undefined> {
    this.#runs++
    this.#isDead = false
    // Each run draws its own delays, and each topology is the same one.
    this.#cluster = new LocalCluster({ seed: this.#seed * 100 + this.#runs, minDelayMs: 1, maxDelayMs: 8 })
    const definition = disturbed(this.#ends, this.#outside, new Prng(this.#seed))
    this.#workers = Number(definition.topology.config['topology.workers'])
    this.#topology = await this.#cluster.submit(definition, {
      snapshots: this.#store(),
      outliveNimbus: true,
      events: {
        onStatus: (status) => {
          this.#status = status
        },
      },
    })
    return this.#topology
  }

  #store(): FaultyStore {
    const run = this.#runs
    return new FaultyStore(this.#snapshots, {
      clock: this.#cluster.clock,
      delayMs: () => (this.#slowMs > 0 ? this.#slowMs * this.random.next() : undefined),
      fault: () => this.#fault,
      reign: () => this.#reign,
      reach: (moment) => {
        // It is dead, and gets no answer.
        if (run !== this.#runs || this.#isDead) return new Promise(() => {})
        this.#strikeAt(moment)
        return this.#isDead ? new Promise(() => {}) : undefined
      },
      onComplete: async (manifest) => void this.#sums.push(await sumOf(this.#snapshots, manifest)),
    })
  }

  #strikeAt(moment: Moment): void {
    const armed = this.#armed
    if (armed === undefined || armed.moment !== moment || --armed.left > 0) return
    this.#armed = undefined
    this.kill(armed.victim)
  }

  #calm(): void {
    this.#armed = undefined
    this.#slowMs = 0
    this.#fault = undefined
  }

  async #until(condition: () => boolean, limitMs: number): Promise<void> {
    await this.#cluster.clock.until(() => this.#isDead || condition(), limitMs)
  }
}

/** What all accounts hold, and what is under way to them, in a snapshot. */
async function sumOf(store: MemorySnapshots, { tasks, inFlight }: Manifest): Promise<number> {
  const balances = new Map<unknown, number>()
  for (const { component, states } of tasks) {
    // What was never written, or is no more, has no value.
    for (const segment of component === 'accounts' ? (states['balances'] ?? []) : [])
      for (const [, key, value = 0] of await readSegment(store, segment)) balances.set(key, value as number)
  }
  let sum = 0
  for (const balance of balances.values()) sum += balance
  for (const segment of inFlight) {
    for (const record of await readSegment(store, segment)) {
      const [to, , , , stream, values] = record as [string, number, string, number, string, readonly number[]]
      if (to === 'accounts' && stream === 'credit') sum += values[1]!
    }
  }
  return sum
}
