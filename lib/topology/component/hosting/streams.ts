/**
 * The streams of a component by name, however it declares them, and what it emits to them as lists, however it emits
 * it.
 */
import type { Fields } from '../../../tuple/fields.ts'
import type { StreamId } from '../../../tuple/ids.ts'
import type { Emitted } from '../../../tuple/row.ts'
import { DEFAULT_STREAM } from '../../../tuple/system-ids.ts'
import type { DirectStream, Outputs } from '../outputs.ts'
import type { TaskContext } from '../task-context.ts'

/** A stream that a component declares. */
export type DeclaredStream = DirectStream | { readonly direct: false; readonly fields: Fields }

/** The streams that a component declares, by name; none where it emits nothing. */
export function declaredStreams({ outputs }: { readonly outputs?: Outputs }): ReadonlyMap<StreamId, DeclaredStream> {
  if (outputs === undefined) return new Map()
  if (isFields(outputs)) return new Map([[DEFAULT_STREAM, { direct: false, fields: outputs }]])
  return new Map(
    Object.entries(outputs as Readonly<Record<StreamId, Fields | DirectStream>>).map(([stream, declared]) => [
      stream,
      isFields(declared) ? { direct: false, fields: declared } : declared,
    ]),
  )
}

/** The streams that are declared by something else than fields: a program that no compiler has read may do that. */
export function misdeclaredStreams({ outputs }: { readonly outputs?: unknown }): readonly [StreamId, unknown][] {
  if (outputs === undefined || isFields(outputs)) return []
  if (typeof outputs !== 'object' || outputs === null || Array.isArray(outputs)) return [[DEFAULT_STREAM, outputs]]
  return Object.entries(outputs).filter(
    ([, declared]) => !isFields(declared) && !isFields((declared as Partial<DirectStream> | null)?.fields),
  )
}

/** Recognizes fields of another copy of this module, too, for a topology and its components may bring one each. */
function isFields(value: unknown): value is Fields {
  return Array.isArray((value as Partial<Fields> | null | undefined)?.names)
}

/** A list of values of what is emitted to a stream, by default the default one. @throws WRONG_VALUES */
export type ListOfEmitted = (emitted: Emitted, stream?: StreamId) => readonly any[]

/**
 * What this component emits, as lists. Of a stream that it has not declared an object is an empty list: its collector
 * will refuse it.
 */
export function emittedLists(context: TaskContext): ListOfEmitted {
  const { component } = context
  const streams = context.streamsOf(component)
  return (emitted, stream = DEFAULT_STREAM) =>
    Array.isArray(emitted) ? emitted : (streams.get(stream)?.valuesOf(emitted, { component, stream }) ?? [])
}
