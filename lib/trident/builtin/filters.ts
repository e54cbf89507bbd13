/** Filters that come with Trident. */

import { isThenable } from '../../util/thenable.ts'
import { isSameKey } from '../../values/key.ts'
import { show } from '../../values/show.ts'
import { type PerTask, preparedFor, type TridentFilter } from '../model/operation.ts'

/** Keeps the tuples of whose input fields none is null or undefined. */
export const FilterNull: TridentFilter = (tuple) => {
  for (const value of tuple.values) if (value === null || value === undefined) return false
  return true
}

/** Keeps the tuples whose input fields are all the same key: those that would be of one group. */
export const Equals: TridentFilter = ({ values }) => {
  for (let index = 1; index < values.length; index++) if (!isSameKey(values[0], values[index])) return false
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
        return isThenable(kept) ? (kept as unknown as boolean) : !kept
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
        task.log('info', `${prefix} [${partitionIndex}] ${show(tuple.toObject())}`)
        return true
      }
    },
  }
}
