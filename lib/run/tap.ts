/** Which tuples of a run are to be shown, and what is shown of them. */
import type { Tapped } from '../daemon/taps.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { condition } from '../expression/expression.ts'
import type { TapWanted } from '../messaging/control.ts'
import { userComponents } from '../scheduler/system-topology.ts'
import type { Topology } from '../topology/topology.ts'
import type { WorkerId } from '../tuple/ids.ts'
import { isSystemId } from '../tuple/system-ids.ts'
import { suggest } from '../words/suggest.ts'

/** Which tuples; all that are emitted unless something is given. */
export interface TapOptions {
  /** Whose. */
  readonly component?: string | undefined
  /** On which stream. */
  readonly stream?: string | undefined
  /** A condition over their values in the Common Expression Language: `word == 'storm' && n > 3`. */
  readonly where?: string | undefined
  /** The part of them that is looked at, over 0 and at most 1; 1 unless given. */
  readonly sample?: number | undefined
  /** So many of each worker in a second at most; 1000 unless given. */
  readonly perSecond?: number | undefined
}

/** A tuple that was emitted. */
export interface TapTuple {
  /** ISO 8601, in UTC, by the clock of its worker's host. */
  readonly time: string
  readonly worker: WorkerId
  readonly component: string
  readonly stream: string
  readonly task: number
  /** Its tuple tree: 16 hexadecimal digits. Left out where there is none, or are several. */
  readonly root?: string
  /** By field, as `docs/guide.md` says of values in JSON; a text that is cut where that would be too long. */
  readonly values: unknown
}

/** So many tuples were left out: there were more than may be shown, or there was no time to look at them. */
export interface TapGap {
  readonly worker: WorkerId
  readonly leftOut: number
}

/** Of so many tuples the condition could not be asked, as when a text is compared with a number: they are not shown. */
export interface TapFailure {
  readonly worker: WorkerId
  readonly failed: number
  /** Why, of the first of them. */
  readonly why: string
}

/** What a tap tells. */
export type TapLine = TapTuple | TapGap | TapFailure

const MOST_PER_SECOND = 100_000

/**
 * What the workers are told of it.
 * @throws UNKNOWN_COMPONENT, UNDECLARED_STREAM, BAD_EXPRESSION, BAD_ARGUMENT
 */
export function wantedOf(topology: Topology, options: TapOptions): Omit<TapWanted, 'tap'> {
  const { component, stream, where, sample = 1, perSecond = 1000 } = options
  if (!(sample > 0 && sample <= 1)) throw badNumber('sample', sample, 'over 0 and at most 1')
  if (!Number.isSafeInteger(perSecond) || perSecond < 1 || perSecond > MOST_PER_SECOND)
    throw badNumber('perSecond', perSecond, `a whole number from 1 to ${MOST_PER_SECOND}`)
  const fields = fieldsOf(topology, component, stream)
  if (where !== undefined) condition(where, fields)
  return {
    ...{ sample, perSecond },
    ...(component === undefined ? {} : { component }),
    ...(stream === undefined ? {} : { stream }),
    ...(where === undefined ? {} : { where }),
  }
}

/** What is shown. @param componentOf the component of a task */
export function shownOf(
  { worker, tuples, leftOut, failed = 0, why = '' }: Tapped,
  componentOf: (task: number) => string,
): TapLine[] {
  const shown = tuples.map(({ task, stream, time, values, isCut, root }): TapTuple => {
    const component = componentOf(task)
    const place = { time: new Date(time).toISOString(), worker, component, stream, task }
    return { ...place, ...(root === undefined ? {} : { root }), values: isCut ? values : JSON.parse(values) }
  })
  return [...shown, ...(leftOut === 0 ? [] : [{ worker, leftOut }]), ...(failed === 0 ? [] : [{ worker, failed, why }])]
}

function fieldsOf(topology: Topology, component: string | undefined, stream: string | undefined): string[] {
  const components = new Map(userComponents(topology))
  if (component !== undefined && !components.has(component))
    throw new TyphoonError('UNKNOWN_COMPONENT', `the topology has no component "${component}"`, {
      where: { component },
      hint: suggest(component, [...components.keys()]),
    })
  const about = component === undefined ? [...components.values()] : [components.get(component)!]
  const streams = about.flatMap(({ outputs }) => Object.entries(outputs).filter(([id]) => !isSystemId(id)))
  const wanted = streams.filter(([id]) => stream === undefined || id === stream)
  if (wanted.length === 0)
    throw new TyphoonError(
      'UNDECLARED_STREAM',
      stream === undefined
        ? `"${component}" declares no stream, so it emits nothing`
        : `the stream "${stream}" is not declared`,
      {
        where: { ...(component === undefined ? {} : { component }), ...(stream === undefined ? {} : { stream }) },
        hint: suggest(stream ?? '', [...new Set(streams.map(([id]) => id))]),
      },
    )
  return [...new Set(wanted.flatMap(([, { fields }]) => fields))]
}

function badNumber(key: string, value: number, what: string): TyphoonError {
  return new TyphoonError('BAD_ARGUMENT', `${key} is ${value}, and must be ${what}`, { where: { key } })
}
