/** Where the times of a join's tuples come from: its own watermarks, or those of the sources. */
import { type Timestamps, TyphoonError } from '../index.ts'
import { type TimeSource, timeSourceIn } from '../windows/model/timestamp.ts'

/** @throws BAD_JOIN where nothing says it, or two options do */
export function checkTimes(
  component: string,
  options: { readonly timestamps?: Timestamps | undefined; readonly timestampField?: string | undefined },
): TimeSource {
  const source = timeSourceIn(component, options, 'BAD_JOIN')
  if (source !== undefined) return source
  throw new TyphoonError('BAD_JOIN', `${component} goes by the time of its tuples, and needs to know where that is`, {
    hint: 'timestamps: { field: time, lagMs: 5000 }, or timestampField where the watermarks are those of the sources',
  })
}
