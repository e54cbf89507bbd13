/** Dead letters for people to read, and as JSON. */
import type { DamagedLine, FoundLetter } from '../../dead-letters/letters.ts'
import { codeOf, failedIn } from '../../dead-letters/wanted.ts'
import type { Line } from '../render/line.ts'
import { plural, ranges } from '../render/numbers.ts'
import { warningLine } from '../render/problem.ts'
import { type Column, table } from '../render/table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'id' },
  { title: 'given up' },
  { title: 'component' },
  { title: 'stream', optional: true },
  { title: 'failed in', optional: true },
  { title: 'attempts', align: 'right', optional: true },
  { title: 'code', optional: true },
  { title: 'why' },
]

/** A line for each. */
export function letterTable(letters: readonly FoundLetter[], width: number | undefined): Line[] {
  const rows = letters.map((found) => {
    const { time, component, stream, attempts, description = '' } = found.letter
    const why = [failedIn(found) ?? '', String(attempts), codeOf(found) ?? '', description]
    return [found.id, time, component, stream, ...why]
  })
  return table(COLUMNS, rows, width)
}

/** All that is known of one. */
export function letterLines(found: FoundLetter): Line[] {
  const { topology, run, component, task, stream, time, attempts, description } = found.letter
  const raw = JSON.parse(found.text) as { readonly messageId?: unknown; readonly values: Record<string, unknown> }
  const told: readonly (readonly [string, string])[] = [
    ['topology', `${topology}, run ${run}`],
    ['emitted by', `${component}[${task}], stream ${stream}`],
    ['message id', JSON.stringify(raw.messageId ?? null)],
    ['given up', `${time}, after ${plural(attempts, 'attempt')}`],
    ['why', `${description}${codeOf(found) === undefined ? '' : ` (${codeOf(found)})`}`],
    ...Object.entries(raw.values).map(([field, value]) => [`.${field}`, JSON.stringify(value)] as const),
  ]
  const widest = Math.max(...told.map(([name]) => name.length))
  return [
    [
      { text: found.id, style: 'bold' },
      { text: `  ${found.file}:${found.line}`, style: 'dim' },
    ],
    ...told.map(([name, text]): Line => [{ text: `  ${name.padEnd(widest)}  `, style: 'dim' }, { text }]),
  ]
}

/** With the line as it stands in its file. */
export function letterJson({ id, file, line, text }: FoundLetter): string {
  return `${JSON.stringify({ id, file, line }).slice(0, -1)},"letter":${text}}`
}

/** What is said of the lines that are none. */
export function damageLines(damaged: readonly DamagedLine[]): Line[] {
  const files = [...new Set(damaged.map(({ file }) => file))]
  return files.flatMap((file) => {
    const own = damaged.filter((entry) => entry.file === file)
    const broken = own.filter(({ isTorn }) => !isTorn)
    const torn = own.filter(({ isTorn }) => isTorn)
    return [
      ...torn.map(({ line }) =>
        warningLine(`line ${line} of ${file} has no end: it is being written, or its writer died`),
      ),
      ...(broken.length === 0 ? [] : [warningLine(brokenText(file, broken))]),
    ]
  })
}

function brokenText(file: string, broken: readonly DamagedLine[]): string {
  const numbers = ranges(broken.map(({ line }) => line))
  return `${plural(broken.length, 'line')} of ${file} cannot be read as a letter, and stays as it is: ${numbers} (${broken[0]!.why})`
}
