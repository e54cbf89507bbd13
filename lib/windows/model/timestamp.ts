/** The time of a tuple, as the bolt that puts it into windows reads it. */
import { type Timestamps, type Tuple, TyphoonError } from '../../index.ts'
import { show } from '../../values/show.ts'
import { TIMESTAMP_HINT, timestampIn } from '../../values/timestamp.ts'

/** What says which time a tuple has. */
export type TimeSource = Pick<Timestamps, 'field' | 'extractor'>

/**
 * Reads the time of a tuple: a number or a date in the field, or what the extractor makes.
 * @throws BAD_TIMESTAMP where there is none
 */
export function timeReader({ field, extractor }: TimeSource): (tuple: Tuple) => number {
  if (extractor !== undefined) return (tuple) => checked(extractor(tuple), tuple, 'the extractor has made')
  const read = fieldReader(field!)
  const said = `the field "${field}" is`
  return (tuple) => checked(read(tuple), tuple, said, field)
}

/** Reads a field of tuples that come from few streams: undefined where a stream has no such field. Hot. */
function fieldReader(field: string): (tuple: Tuple) => unknown {
  let source: Tuple['source'] | undefined
  let index = -1
  return (tuple) => {
    if (tuple.source !== source) {
      source = tuple.source
      index = source.fields.has(field) ? source.fields.indexOf(field) : -1
    }
    return index < 0 ? undefined : (tuple.values as readonly unknown[])[index]
  }
}

/**
 * Where the options of a bolt say that its times are; undefined where they do not.
 * @throws the code, where they say it twice
 */
export function timeSourceIn(
  component: string,
  {
    timestamps,
    timestampField,
  }: { readonly timestamps?: Timestamps | undefined; readonly timestampField?: string | undefined },
  code: 'BAD_WINDOW' | 'BAD_JOIN',
): TimeSource | undefined {
  if (timestamps === undefined) return timestampField === undefined ? undefined : { field: timestampField }
  if (timestampField === undefined) return timestamps
  throw new TyphoonError(code, `${component} has timestamps, and a timestampField too`, {
    where: { path: 'timestampField' },
    hint: 'timestamps make watermarks of what comes here; a timestampField leaves them to the sources: name one of them',
  })
}

/** Hot. */
function checked(value: unknown, tuple: Tuple, said: string, field?: string): number {
  const time = timestampIn(value)
  if (time !== undefined) return time
  const { sourceComponent, sourceStream } = tuple
  throw new TyphoonError(
    'BAD_TIMESTAMP',
    `${said} ${show(value)} in a tuple of "${sourceComponent}", stream ${sourceStream}, and not a timestamp`,
    {
      where: field === undefined ? {} : { field },
      hint: TIMESTAMP_HINT,
    },
  )
}
