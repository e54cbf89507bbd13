/** Problems and warnings as lines. */
import { formatProblem } from '../../errors/format.ts'
import type { Problem } from '../../errors/typhoon-error.ts'
import type { Line } from './line.ts'

/** The lines of `formatProblem`, with the code in red. */
export function problemLines(problem: Problem): Line[] {
  const label = `error[${problem.code}]`
  const [first = '', ...others] = formatProblem(problem).split('\n')
  return [[{ text: label, style: 'red' }, { text: first.slice(label.length) }], ...others.map((text) => [{ text }])]
}

/** A warning as one line. */
export function warningLine(message: string): Line {
  return [{ text: 'warning', style: 'yellow' }, { text: `: ${message}` }]
}
