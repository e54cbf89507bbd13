/** What workers have recorded of a root → its tree. Pure: the same records give the same tree, in any order. */
import type { Span } from '../messaging/spans.ts'
import { type ComponentId, parseRoot, spoutTaskOf, type TaskId, type WorkerId } from '../tuple/ids.ts'
import { type Crossing, shiftsOf } from './align.ts'
import type { Trace, TracedTuple, TupleState } from './trace.ts'

/** What was recorded of a root. */
export interface RecordedRoot {
  readonly root: string
  readonly parts: readonly { readonly worker: WorkerId; readonly spans: readonly Span[] }[]
  /** Something was left out. */
  readonly isCut: boolean
  /** Workers that have not answered. */
  readonly missing: readonly WorkerId[]
}

/** Where tasks are. */
export interface Places {
  componentOf(task: TaskId): ComponentId
  workerOf(task: TaskId): WorkerId
}

type Of<K extends Span['is']> = Extract<Span, { readonly is: K }> & { readonly worker: WorkerId }

/** The spans by kind, on one clock. */
interface Known {
  readonly emitted: Of<'emitted'> | undefined
  readonly verdict: Of<'verdict'> | undefined
  readonly replayed: Of<'replayed'> | undefined
  readonly sent: readonly Of<'sent'>[]
  readonly visits: ReadonlyMap<string, Of<'visit'>>
}

const NEAREST_MS = 0.001

/** Undefined where nothing was recorded. */
export function assemble(recorded: RecordedRoot, places: Places): Trace | undefined {
  const { root, missing, isCut } = recorded
  const task = spoutTaskOf(parseRoot(root)?.[0] ?? 0)
  const spans = recorded.parts.flatMap(({ worker, spans }) => spans.map((span) => ({ ...span, worker })))
  if (spans.length === 0) return undefined
  const worker = places.workerOf(task)
  const shifts = shiftsOf(crossingsOf(known(spans)), worker)
  const all = known(spans.map((span) => moved(span, shifts.get(span.worker) ?? 0)))
  const { emitted, verdict, replayed, sent, visits } = all
  const began = Math.min(...[...(emitted === undefined ? [] : [emitted]), ...sent].map(({ at }) => at))
  const zero = Number.isFinite(began) ? began : (verdict?.at ?? 0)
  const edges = new Set(sent.map(({ edge }) => edge))
  const isWhole = [...visits.keys()].every((edge) => edges.has(edge)) && sent.every(hasParents(edges))
  return {
    ...{ root, component: places.componentOf(task), task, worker },
    ...(emitted && { stream: emitted.stream, messageId: emitted.messageId }),
    ...(emitted?.values !== undefined && { values: emitted.values }),
    ...(emitted && { emitted: new Date(emitted.at).toISOString() }),
    state: verdict === undefined ? 'waiting' : verdict.reason === undefined ? 'acked' : 'failed',
    ...(verdict && { afterMs: nearest(verdict.at - zero) }),
    ...(verdict?.reason !== undefined && { reason: verdict.reason }),
    ...(emitted?.replayOf !== undefined && { replayOf: emitted.replayOf }),
    ...(replayed && { replayedAs: replayed.as }),
    tuples: treeOf(all, zero, places, missing),
    isPartial: isCut || emitted === undefined || !isWhole,
    missing,
    shifts: [...shifts].flatMap(([worker, ms]) => (ms === 0 ? [] : [{ worker, ms: nearest(ms) }])),
  }
}

function known(spans: readonly (Span & { readonly worker: WorkerId })[]): Known {
  const of = <K extends Span['is']>(is: K) => spans.filter((span): span is Of<K> => span.is === is)
  return {
    emitted: of('emitted')[0],
    verdict: of('verdict')[0],
    replayed: of('replayed')[0],
    // What a worker has sent at one time is in its order.
    sent: of('sent').sort((a, b) => a.at - b.at),
    visits: new Map(of('visit').map((visit) => [visit.edge, visit])),
  }
}

function crossingsOf({ sent, visits }: Known): Crossing[] {
  return sent.flatMap(({ edge, worker: from, at }) => {
    const visit = visits.get(edge)
    if (visit?.arrived === undefined || visit.worker === from) return []
    return [{ from, to: visit.worker, sent: at, arrived: visit.arrived }]
  })
}

function moved<S extends Span>(span: S, ms: number): S {
  if (ms === 0) return span
  const times = ['at', 'arrived', 'began', 'ended', 'settled'].flatMap((name) => {
    const time = (span as Readonly<Record<string, unknown>>)[name]
    return typeof time === 'number' ? [[name, time + ms]] : []
  })
  return { ...span, ...Object.fromEntries(times) }
}

function hasParents(edges: ReadonlySet<string>): (sent: Of<'sent'>) => boolean {
  return ({ parents }) => parents.every((parent) => edges.has(parent))
}

/** Those whose parent is not known stand beside the first ones. */
function treeOf({ sent, visits }: Known, zero: number, places: Places, missing: readonly WorkerId[]): TracedTuple[] {
  const edges = new Set(sent.map(({ edge }) => edge))
  const below = new Map<string | undefined, Of<'sent'>[]>()
  for (const one of sent) {
    const parent = one.parents.find((edge) => edges.has(edge) && edge !== one.edge)
    below.set(parent, [...(below.get(parent) ?? []), one])
  }
  const childrenOf = (parent: string | undefined): TracedTuple[] =>
    (below.get(parent) ?? []).map((one) => {
      const parents = one.parents.filter((edge) => edge !== parent)
      return {
        ...tupleOf(one, visits.get(one.edge), zero, places, missing),
        ...(parents.length === 0 ? {} : { otherParents: parents }),
        children: childrenOf(one.edge),
      }
    })
  return childrenOf(undefined)
}

function tupleOf(
  sent: Of<'sent'>,
  visit: Of<'visit'> | undefined,
  zero: number,
  places: Places,
  missing: readonly WorkerId[],
): Omit<TracedTuple, 'children'> {
  const { edge, stream, task: fromTask, target: task, at } = sent
  const worker = visit?.worker ?? places.workerOf(task)
  const arrived = visit?.worker === sent.worker ? at : visit?.arrived
  const { began, ended, settled, reason, values } = visit ?? {}
  const isHere = worker === sent.worker
  return {
    ...{ edge, component: places.componentOf(task), task, worker },
    ...{ stream, from: places.componentOf(fromTask), fromTask, sentMs: nearest(at - zero) },
    ...(isHere ? {} : between('wireMs', at, arrived)),
    ...between('queueMs', arrived, began),
    ...between('executeMs', began, ended),
    ...between('settledMs', zero, settled),
    state: stateOf(visit, isHere, missing.includes(worker)),
    ...(reason !== undefined && { reason }),
    ...(values !== undefined && { values }),
  }
}

function stateOf(visit: Of<'visit'> | undefined, isHere: boolean, isMissing: boolean): TupleState {
  if (visit === undefined) return isMissing ? 'unknown' : isHere ? 'queued' : 'on the wire'
  if (visit.settled !== undefined) return visit.reason === undefined ? 'acked' : 'failed'
  if (visit.began === undefined) return 'queued'
  return visit.ended === undefined ? 'executing' : 'waiting'
}

function between<K extends string>(
  name: K,
  from: number | undefined,
  to: number | undefined,
): Partial<Record<K, number>> {
  if (from === undefined || to === undefined) return {}
  return { [name]: nearest(to - from) } as Record<K, number>
}

/** To a microsecond. */
function nearest(ms: number): number {
  return Math.round(ms / NEAREST_MS) * NEAREST_MS
}
