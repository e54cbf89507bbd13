/** What a check of a child has found, as lines. */
import type { CheckReport, Finding } from '../../multilang/check/check.ts'
import { type Line, plain, type Span } from './line.ts'
import { plural } from './numbers.ts'

const MARKS: Readonly<Record<Finding['verdict'], Span>> = {
  kept: { text: '✓', style: 'green' },
  broken: { text: '✗', style: 'red' },
  'not tried': { text: '-', style: 'dim' },
}

/** A line for each rule, with why it is broken and the frames that show it; at last a summary. */
export function renderCheck({ findings, kept, broken }: CheckReport): Line[] {
  const width = Math.max(...findings.map(({ rule }) => rule.length))
  const untried = findings.length - kept - broken
  const summary = [
    `${plural(kept, 'rule')} kept, ${broken} broken`,
    ...(untried === 0 ? [] : [`${untried} not tried`]),
  ].join(', ')
  return [...findings.flatMap((finding) => linesOf(finding, width)), plain(''), plain(summary)]
}

function linesOf({ rule, sentence, verdict, why, notes, frames }: Finding, width: number): Line[] {
  return [
    [MARKS[verdict], { text: ` ${rule.padEnd(width)}  ${sentence}` }],
    ...(why === undefined ? [] : [[indented(why, verdict === 'broken' ? 'red' : 'dim')]]),
    ...frames.map((frame) => [indented(frame, 'dim')]),
    ...notes.map((note) => [indented(`note: ${note}`, 'yellow')]),
  ]
}

function indented(text: string, style: Span['style']): Span {
  return { text: `    ${text}`, ...(style === undefined ? {} : { style }) }
}
