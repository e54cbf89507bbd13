/**
 * Who runs the tasks: each executor gets one of the slots that supervisors offer, and each slot is a worker. Pure: the
 * same layout and slots give the same assignment.
 *
 * The rules, each where those before it leave a choice; executors are placed in the order of their numbers:
 * 1. even: a slot that has the fewest executors (apache/storm `storm-server/.../scheduler/EvenScheduler.java`);
 * 2. spread: a slot, then a host, that has the fewest executors of the same component, so that what is lost with one
 *    is as little of a component as can be;
 * 3. near: a host that has the most executors of components which it sends to or gets tuples from;
 * 4. the slot that comes first.
 *
 * On one host this comes to the slots in turn.
 */
import type { ComponentId, WorkerId } from '../tuple/ids.ts'
import { edgesOf } from './graph.ts'
import type { Layout } from './layout.ts'

/** Room for one worker. */
export interface Slot {
  /** Who starts the worker there. */
  readonly supervisor: string
  /** The name or address of the machine: slots of the same host are near each other. */
  readonly host: string
  /** Where the host stands, if that is known: hosts of one rack are near each other. */
  readonly rack?: string
  /** Where the worker listens; 0: at any port that is free. */
  readonly port: number
}

/** A worker and its address. */
export interface WorkerPlan extends Slot {
  readonly worker: WorkerId
}

export interface Assignment {
  /** One for each slot, in their order, numbered from 1 up. */
  readonly workers: readonly WorkerPlan[]
  /** The worker that runs each executor, by the number of the executor less 1. */
  readonly executors: readonly WorkerId[]
}

/** Executors so far, by component. */
type Load = Map<ComponentId, number>

/** A worker, and what it and its host have been given so far. */
interface Candidate {
  readonly plan: WorkerPlan
  readonly load: Load
  readonly hostLoad: Load
  total: number
}

/** @param slots at least one */
export function assign({ topology, tasks }: Pick<Layout, 'topology' | 'tasks'>, slots: readonly Slot[]): Assignment {
  const edges = edgesOf(topology)
  const hosts = new Map<string, Load>(slots.map(({ host }) => [host, new Map()]))
  const candidates = slots.map((slot, index): Candidate => {
    const plan = { worker: index + 1, ...slot }
    return { plan, load: new Map(), hostLoad: hosts.get(slot.host)!, total: 0 }
  })
  const componentOf: ComponentId[] = []
  for (const { executor, component } of tasks) componentOf[executor - 1] = component
  const executors = componentOf.map((component) => {
    const neighbours = edges.flatMap(({ from, to }) => (from === component ? [to] : to === component ? [from] : []))
    return give(component, choose(candidates, component, neighbours))
  })
  return { workers: candidates.map(({ plan }) => plan), executors }
}

/** The rules in their order: what is to be least. */
function choose(
  candidates: readonly Candidate[],
  component: ComponentId,
  neighbours: readonly ComponentId[],
): Candidate {
  const even = least(candidates, ({ total }) => total)
  const spread = least(
    least(even, ({ load }) => countIn(load, component)),
    ({ hostLoad }) => countIn(hostLoad, component),
  )
  return least(spread, ({ hostLoad }) => -neighbours.reduce((sum, id) => sum + countIn(hostLoad, id), 0))[0]!
}

function give(component: ComponentId, candidate: Candidate): WorkerId {
  candidate.total++
  for (const load of [candidate.load, candidate.hostLoad]) load.set(component, countIn(load, component) + 1)
  return candidate.plan.worker
}

function countIn(load: Load, component: ComponentId): number {
  return load.get(component) ?? 0
}

/** Those of which a number is least, in their order. */
function least<Item>(items: readonly Item[], of: (item: Item) => number): Item[] {
  const numbers = items.map(of)
  const lowest = numbers.reduce((low, number) => Math.min(low, number), Number.POSITIVE_INFINITY)
  return items.filter((_, index) => numbers[index] === lowest)
}
