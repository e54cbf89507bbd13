/** What chaos has found, as lines: a table by kind of fault, and whether it is what was promised. */
import type { ChaosReport } from '../../chaos/processes/chaos.ts'
import type { ChaosLine } from '../../chaos/verdict.ts'
import { type Line, plain, span } from './line.ts'
import { plural } from './numbers.ts'
import { type Column, table } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'fault' },
  { title: 'times', align: 'right' },
  { title: 'recovered in (median)', align: 'right' },
  { title: 'longest', align: 'right' },
  { title: 'lost', align: 'right' },
  { title: 'doubled', align: 'right' },
  { title: 'strange', align: 'right' },
  { title: 'unended', align: 'right', optional: true },
]

/** What each promise says, as a sentence of it. */
const SAYS: Readonly<Record<ChaosReport['promise'], string>> = {
  'exactly once': 'each row comes once: none is lost, and none doubled',
  'at least once': 'no row is lost; some may be doubled',
  'at most once': 'rows may be lost, and what is lost is not emitted again',
  'no promise': 'rows may be lost, and doubled',
}

/** @param width cells that it should fit in */
export function chaosLines(report: ChaosReport, width?: number): Line[] {
  const { topology, guarantee, promise, why, isKept, seed, lines, broken, leftOut, watched } = report
  const left = leftOut.length === 0 ? [] : [plain(`Left out, for one worker has no links: ${leftOut.join(', ')}`)]
  const verdict = isKept
    ? [span('The promise is kept', 'green'), span(`, seed ${seed}.`)]
    : [span('The promise is broken', 'red'), span(`; --seed ${seed} does it again.`)]
  const examples = broken.flatMap(({ faults, deviation: { examples }, unended }) => [
    ...(unended === undefined ? [] : [plain(`  ${faults}: the run did not come to its end (${unended})`)]),
    ...(['lost', 'doubled', 'strange'] as const).flatMap((what) =>
      (examples?.[what] ?? []).slice(0, 1).map((row) => plain(`  ${faults}: ${what}, for instance ${row}`)),
    ),
  ])
  return [
    plain(`${topology}, ${guarantee}: what comes to ${watched.join(', ')}`),
    ...table(COLUMNS, lines.map(cellsOf), width),
    ...left,
    plain(`Promised is ${promise}: ${SAYS[promise]}. ${sentence(why)}`),
    verdict,
    ...examples,
  ]
}

function cellsOf({ faults, times, missed, recovered, lost, doubled, strange, unended }: ChaosLine): string[] {
  const often = missed === 0 ? `${times}` : `${times} (${missed} missed)`
  const took = recovered === undefined ? ['-', '-'] : [secs(recovered.medianMs), secs(recovered.longestMs)]
  return [faults, often, ...took, ...[lost, doubled, strange, unended].map((count) => count.toLocaleString('en-US'))]
}

function secs(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function sentence(text: string): string {
  return text === '' ? '' : `${text[0]!.toUpperCase()}${text.slice(1)}.`
}

/** What is said when a run is over. */
export function chaosProgress(run: string, rows: number, seconds: number): Line {
  return plain(`${run}: ${plural(rows, 'row')} in ${seconds.toFixed(1)} s`)
}
