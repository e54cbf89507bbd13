/** One run in simulated time, out of a seed, with what happens to it. */
import type { Fault } from '../../chaos/faults.ts'
import { witnessed } from '../../chaos/witnessed.ts'
import { type ComponentId, type TopologyDefinition, TyphoonError } from '../../index.ts'
import { planTopology, workerIds } from '../../scheduler/plan.ts'
import { LocalCluster, type SubmitOptions } from '../cluster/local-cluster.ts'
import type { LocalTopology } from '../cluster/local-topology.ts'
import { FaultyStore } from '../simulated/faulty-store.ts'
import { MemorySnapshots } from '../simulated/memory-snapshots.ts'
import { MemoryWitness, Seen } from './memory-witness.ts'

/** Of a frame. */
const DELAY = { minDelayMs: 1, maxDelayMs: 5 }

/** What is run. */
export interface Simulation {
  readonly definition: TopologyDefinition
  readonly sinks: readonly ComponentId[]
  readonly seed: number
  readonly faults: readonly Fault[]
  /** The longest that it may take, in simulated time. */
  readonly limitMs: number
}

/** What came of it. */
export interface SimulatedRun {
  /** What the sinks got. */
  readonly rows: readonly string[]
  /** How long it ran, in simulated time. */
  readonly ms: number
  readonly times: number
  readonly missed: number
  readonly recoveredMs: readonly number[]
  readonly deaths: number
  /** Why it did not come to its end. */
  readonly unended?: string
}

/** Runs it to its end. @throws what is wrong with the definition (rejects) */
export async function simulate({ definition, sinks, seed, faults, limitMs }: Simulation): Promise<SimulatedRun> {
  const cluster = new LocalCluster({ seed, ...DELAY })
  const trouble = new Trouble(cluster)
  const seen = new Map(sinks.map((sink) => [sink, new Seen()]))
  const make = (sink: ComponentId) => () => new MemoryWitness(sink, seen.get(sink)!, () => trouble.heard())
  const topology = await cluster.submit(witnessed(definition, { sinks, tasks: 1, make }), trouble.options(definition))
  const began = cluster.clock.now()
  trouble.plan(topology, faults, workerIds(planTopology(definition.topology)))
  const unended = await whyUnended(topology, limitMs)
  return {
    rows: [...seen.values()].flatMap(({ rows }) => rows),
    ms: Math.ceil(cluster.clock.now() - began),
    times: trouble.times,
    missed: faults.length - trouble.times,
    recoveredMs: trouble.recoveredMs,
    deaths: trouble.deaths,
    ...(unended === undefined ? {} : { unended }),
  }
}

async function whyUnended(topology: LocalTopology, limitMs: number): Promise<string | undefined> {
  try {
    const { status, problem } = await topology.complete(limitMs)
    if (status === 'completed') return undefined
    return problem === undefined ? `it is ${status}` : `${problem.code}, ${problem.message}`
  } catch (error) {
    if (error instanceof TyphoonError) throw error
    return `no end within ${limitMs} ms of simulated time`
  }
}

/** A fault after which nothing has come out yet. */
interface Open {
  readonly since: number
  readonly until: number
}

/** What happens to a run, and when it has recovered. */
class Trouble {
  readonly recoveredMs: number[] = []
  times = 0
  /** How many workers have ended before they were to. */
  deaths = 0
  readonly #cluster: LocalCluster
  #topology!: LocalTopology
  /** How many faults have filled the disk. */
  #full = 0
  #open: Open[] = []

  constructor(cluster: LocalCluster) {
    this.#cluster = cluster
  }

  /** Where a tuple is atomic its snapshots are on a disk that can be full. */
  options({ topology }: TopologyDefinition): SubmitOptions {
    const events = { onWorkerLost: () => void this.deaths++ }
    if (topology.config['topology.guarantee'] !== 'exactly-once') return { events }
    const fault = (): string | undefined => (this.#full > 0 ? 'ENOSPC' : undefined)
    return { events, snapshots: new FaultyStore(new MemorySnapshots(), { clock: this.#cluster.clock, fault }) }
  }

  plan(topology: LocalTopology, faults: readonly Fault[], workers: readonly number[]): void {
    this.#topology = topology
    const { clock } = this.#cluster
    for (const fault of faults)
      clock.after(fault.atMs, () => {
        if (topology.isDone) return
        this.times++
        this.#open.push({ since: clock.now(), until: clock.now() + fault.forMs })
        const end = this.#begin(fault, workers)
        if (fault.kind !== 'kill') clock.after(fault.forMs, end)
      })
  }

  /** A tuple has come out. */
  heard(): void {
    if (this.#open.length === 0 || !this.#topology.isWhole) return
    const now = this.#cluster.clock.now()
    for (const { since } of this.#open.filter(({ until }) => until <= now))
      this.recoveredMs.push(Math.ceil(now - since))
    this.#open = this.#open.filter(({ until }) => until > now)
  }

  /** @returns ends it */
  #begin({ kind, worker, byMs }: Fault, workers: readonly number[]): () => void {
    const topology = this.#topology
    const others = workers.filter((other) => other !== worker)
    switch (kind) {
      case 'kill':
        topology.killWorker(worker)
        return () => {}
      case 'stop':
        topology.freeze(worker)
        return () => topology.wake(worker)
      case 'cut':
        for (const other of others) topology.cut(worker, other)
        return () => {
          for (const other of others) topology.heal(worker, other)
        }
      case 'slow':
        topology.slow(worker, byMs)
        return () => topology.slow(worker, 0)
      case 'disk-full':
        this.#full++
        return () => {
          this.#full--
        }
      case 'clock':
        this.#cluster.shiftDate(byMs)
        return () => this.#cluster.shiftDate(-byMs)
    }
  }
}
