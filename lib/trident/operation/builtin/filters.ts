/** Filters that come with Trident. */
import { inspect } from 'node:util'
import { isPromise } from '../../aggregate/collectors.ts'
import { keyOf } from '../../state/state-key.ts'
import { type PerTask, preparedFor, type TridentFilter } from '../operation.ts'

/** Keeps the tuples of whose input fields none is null or undefined. */
export const FilterNull: TridentFilter = (tuple) => {
  for (const value of tuple.values) if (value === null || value === undefined) return false
  return true
}

/** Keeps the tuples whose input fields are all equal; lists and objects are where they would be of one group. */
export const Equals: TridentFilter = ({ values }) => {
  for (let index = 1; index < values.length; index++) if (!areEqual(values[0], values[index])) return false
  return true
}

/** Keeps what the filter drops. */
export function negate<In = any>(filter: PerTask<TridentFilter<In>>): PerTask<TridentFilter<In>> {
  return {
    async prepare(context) {
      const keeps = await preparedFor(filter, context)
      return (tuple) => {
        const kept: unknown = keeps(tuple)
        // A promise is passed on, so that it is refused as that of any filter.
        return isPromise(kept) ? (kept as unknown as boolean) : !kept
      }
    },
  }
}

/**
 * Logs each tuple by the log of its task, with level info, and keeps it.
 * @param prefix stands before each; left out: DEBUG
 */
export function debug<In = any>(prefix = 'DEBUG'): PerTask<TridentFilter<In>> {
  return {
    prepare: ({ task, partitionIndex }) => {
      return (tuple) => {
        task.log(
          'info',
          `${prefix} [${partitionIndex}] ${inspect(tuple.toObject(), { breakLength: Number.POSITIVE_INFINITY })}`,
        )
        return true
      }
    },
  }
}

function areEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  const areObjects = typeof a === 'object' && typeof b === 'object' && a !== null && b !== null
  return areObjects && keyOf([a]) === keyOf([b])
}
