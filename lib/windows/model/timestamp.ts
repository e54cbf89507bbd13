/** The time of a tuple, as the bolt that puts it into windows reads it. */
import { type Timestamps, type Tuple, TyphoonError } from '../../index.ts'
import { show } from '../../values/show.ts'

/** What says which time a tuple has. */
export type TimeSource = Pick<Timestamps, 'field' | 'extractor'>

/**
 * Reads the time of a tuple: a number or a date in the field, or what the extractor makes.
 * @throws BAD_TIMESTAMP where there is none
 */
export function timeReader({ field, extractor }: TimeSource): (tuple: Tuple) => number {
  if (extractor !== undefined) return (tuple) => checked(extractor(tuple), tuple, 'the extractor has made')
  return (tuple) => {
    const value: unknown = tuple.fields.has(field!) ? tuple.get(field!) : undefined
    return checked(value, tuple, `the field "${field}" is`, field)
  }
}

/** Hot. */
function checked(value: unknown, tuple: Tuple, said: string, field?: string): number {
  const time = value instanceof Date ? value.getTime() : value
  if (typeof time === 'number' && Number.isFinite(time)) return time
  const { sourceComponent, sourceStream } = tuple
  throw new TyphoonError(
    'BAD_TIMESTAMP',
    `${said} ${show(value)} in a tuple of "${sourceComponent}", stream ${sourceStream}, and not a timestamp`,
    {
      where: field === undefined ? {} : { field },
      hint: 'a timestamp is a number or a date; give it an extractor where it is neither',
    },
  )
}
