/** Whether runs can be compared at all: two that nothing has happened to must come to the same, and to something. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { difference, tallyOf } from './tally.ts'

/** @throws NOT_COMPARABLE where nothing came */
export function checkSeen(rows: readonly string[]): void {
  if (rows.length > 0) return
  throw new TyphoonError('NOT_COMPARABLE', 'nothing comes to the sinks, though nothing has happened', {
    hint: 'see that the input is there, and that it is what the bolts expect',
  })
}

/** @throws NOT_COMPARABLE */
export function checkComparable(first: readonly string[], second: readonly string[]): void {
  const { lost, strange, doubled, examples } = difference(tallyOf(first), tallyOf(second))
  if (lost + strange + doubled === 0) return
  const [example = ''] = [...examples.lost, ...examples.strange, ...examples.doubled]
  const message = `two runs that nothing has happened to differ, in ${lost + strange + doubled} rows; for instance ${example}`
  const hint =
    'give it an input that is the same each time, watch bolts whose input is, or say what is lost by verify (--verify)'
  throw new TyphoonError('NOT_COMPARABLE', message, { hint })
}
