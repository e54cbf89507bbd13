/** Who has too much to do, and who waits for it. */
import type { ComponentFigures, RunFigures } from '../history/figures.ts'
import type { ComponentId } from '../tuple/ids.ts'
import { plural } from '../words/plural.ts'
import type { Finding, Looked } from './finding.ts'
import { duration, megabytes, named, percent, span } from './say.ts'

/** A worker or task that is at work for more of its time has no room left. */
const BUSY = 0.9
/** One whose inbox is full has none from here on: its process does not get all of its core. */
const BUSY_ENOUGH = 0.75
/** A part of the time that is worth a word. */
const OFTEN = 0.2
/** How busy tasks are meant to be when there are enough of them. */
const COMFORTABLE = 0.8
/** Nobody is taken to want more than so many times what is done now: how much waits is not known. */
const MOST_DEMAND = 10
const IDLE = 0.5
const MOST_TASKS_OF_SKEW = 2
const LEAST_EXECUTED = 1000
/** What grows from part to part of a window, nearly always, does not keep up. */
const LEAST_PARTS = 6
const GROWN = 1.3
const MOSTLY = 0.7

/** Bolts that others wait for, and workers without room. */
export function findLoad(looked: Looked): Finding[] {
  const { components } = looked.figures
  const bolts = Object.entries(components).filter(([, { kind }]) => kind === 'bolt')
  const bottlenecks = bolts.flatMap(([id, bolt]) => bottleneck(looked, id, bolt))
  const waiting = bolts.flatMap(([id, bolt]) => waitsForPromises(looked, id, bolt))
  const full = bottlenecks.length === 0 ? fullWorkers(looked.figures) : []
  const lagging = Object.entries(components).flatMap(([id, spout]) => lags(looked, id, spout))
  return [
    ...bottlenecks,
    ...waiting,
    ...full,
    ...lagging,
    ...bolts.flatMap(([id, bolt]) => skewedKeys(looked, id, bolt)),
  ]
}

function bottleneck(looked: Looked, id: ComponentId, bolt: ComponentFigures): Finding[] {
  const held = heldBy(looked, id)
  if (bolt.capacity < BUSY_ENOUGH || Math.max(bolt.fullShare, held.share) < OFTEN) return []
  const wanted = tasksFor(bolt, held.share)
  const { length } = bolt.tasks
  const where = length === 1 ? 'its one task' : `the busiest of its ${length} tasks`
  const full = bolt.fullShare >= OFTEN ? [`its inbox is full ${percent(bolt.fullShare)} of the time`] : []
  const waits = held.names.length === 0 ? [] : [waitingOf(held)]
  const parts = [`${percent(bolt.capacity)} busy on ${where}`, ...full].join(', ')
  return [
    {
      ...{ code: 'BOTTLENECK', severity: 'warning', component: id },
      text: [`Bolt ${named([id])} is the bottleneck: ${parts}`, ...waits].join('; ').concat('.'),
      advice:
        wanted > length
          ? `Parallelism ${wanted} would do, with as many workers as there are processor cores for it.`
          : 'Its tasks have unequal shares: another grouping, or a cheaper execute, would help.',
    },
  ]
}

function waitingOf({ names, share }: Held): string {
  return `${named(names)} ${names.length === 1 ? 'waits' : 'wait'} for it ${percent(share)} of the time`
}

/** Those that are held back, and how much of the time the one is that waits most. */
interface Held {
  readonly names: readonly ComponentId[]
  readonly share: number
}

function heldBy({ figures, edges }: Looked, target: ComponentId): Held {
  const senders = [...new Set(edges.filter(({ to }) => to === target).map(({ from }) => from))]
  const held = senders.filter((id) => (figures.components[id]?.heldShare ?? 0) >= OFTEN)
  return { names: held, share: Math.max(0, ...held.map((id) => figures.components[id]!.heldShare)) }
}

/** How many tasks it takes to do what is done now, and what those who wait would send. */
function tasksFor({ tasks }: ComponentFigures, heldShare: number): number {
  const busy = tasks.reduce((sum, { capacity }) => sum + capacity, 0)
  const demand = Math.min(MOST_DEMAND, 1 / Math.max(1 - heldShare, 1 / MOST_DEMAND))
  return Math.ceil((busy * demand) / COMFORTABLE)
}

function waitsForPromises(looked: Looked, id: ComponentId, bolt: ComponentFigures): Finding[] {
  const held = heldBy(looked, id)
  const { capacity, fullShare, executeLatencyMs = 0 } = bolt
  if (capacity >= IDLE || fullShare < IDLE || held.names.length === 0) return []
  return [
    {
      ...{ code: 'WAITS_FOR_PROMISES', severity: 'warning', component: id },
      text: `Bolt ${named([id])} works ${percent(capacity)} of the time, but a tuple takes ${duration(executeLatencyMs)} with its promise; its inbox is full ${percent(fullShare)} of the time, and ${waitingOf(held)}.`,
      advice: 'Let more tuples be in flight at once (topology.bolt.concurrency), or give it more tasks.',
    },
  ]
}

function lags({ figures }: Looked, id: ComponentId, { backlog, heldShare }: ComponentFigures): Finding[] {
  const { parts = [], unit, now = 0 } = backlog ?? {}
  const first = parts[0] ?? 0
  const grows = parts.slice(1).filter((part, index) => part > parts[index]!).length
  if (parts.length < LEAST_PARTS || now < first * GROWN || grows < MOSTLY * (parts.length - 1)) return []
  const shown = (amount: number) => (unit === 'bytes' ? megabytes(amount) : plural(Math.round(amount), 'record'))
  const pace = (now - first) / figures.seconds
  const isHeld = heldShare >= OFTEN
  return [
    {
      ...{ code: 'LAGGING_SOURCE', severity: 'warning', component: id },
      text: `Spout ${named([id])} does not keep up with its input: ${shown(now)} of it wait, after ${shown(first)} ${span(figures.seconds)} ago, and ${shown(pace)} more each second.`,
      advice: isHeld
        ? `It is held back ${percent(heldShare)} of the time: what it waits for has too much to do.`
        : 'Nothing holds it back: let it fetch more at once, or give it more tasks, as many as its input has partitions.',
    },
  ]
}

/** All tasks of a worker share its one thread. */
function fullWorkers({ components }: RunFigures): Finding[] {
  const shares = new Map<number, { id: ComponentId; share: number }[]>()
  for (const [id, { tasks }] of Object.entries(components))
    for (const { worker, capacity } of tasks)
      if (worker !== undefined) shares.set(worker, [...(shares.get(worker) ?? []), { id, share: capacity }])
  return [...shares].flatMap(([worker, tasks]): Finding[] => {
    const sum = tasks.reduce((all, { share }) => all + share, 0)
    if (sum < BUSY) return []
    const most = tasks.sort((one, other) => other.share - one.share).slice(0, 3)
    const who = most.map(({ id, share }) => `${named([id])} ${percent(share)}`).join(', ')
    return [
      {
        ...{ code: 'WORKER_FULL', severity: 'note', worker },
        text: `Worker ${worker} is busy ${percent(Math.min(1, sum))} of the time: ${who}.`,
        advice: 'Where more is to be done, another worker takes a part of it, as long as there are processor cores.',
      },
    ]
  })
}

function skewedKeys({ edges }: Looked, id: ComponentId, { tasks, hotKeys = [] }: ComponentFigures): Finding[] {
  const byKey = edges.some(({ to, grouping }) => to === id && grouping === 'fields')
  const all = tasks.reduce((sum, { executed }) => sum + executed, 0)
  if (!byKey || tasks.length < 2 || all < LEAST_EXECUTED) return []
  const most = tasks.reduce((one, other) => (other.executed > one.executed ? other : one))
  const share = most.executed / all
  if (share < MOST_TASKS_OF_SKEW / tasks.length && share < BUSY) return []
  const hot = hotKeys[0]
  const why = hot === undefined ? '' : ` Its hottest key is ${hot.key}, in ${percent(hot.share)} of all tuples.`
  return [
    {
      ...{ code: 'SKEWED_KEYS', severity: most.capacity >= IDLE ? 'warning' : 'note', component: id, task: most.task },
      text: `Task ${most.task} of ${named([id])} executes ${percent(share)} of the tuples of its ${plural(tasks.length, 'task')}: their keys are unequal.${why}`,
      advice: 'More tasks do not help a key that is hot: a partial-key grouping, or a sum before the grouping, does.',
    },
  ]
}
