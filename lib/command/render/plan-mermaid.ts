/**
 * A plan as a Mermaid flowchart: spouts are rounded, bolts have corners, the runtime's own have a double frame and
 * dotted edges; an edge on a cycle, which does not hold its sender back, is dotted too.
 */

import type { ComponentDescription, EdgeDescription, PlanDescription } from '../../run/index.ts'
import { DEFAULT_STREAM, WATERMARK_STREAM } from '../../tuple/system-ids.ts'
import { nounFor } from '../../words/plural.ts'
import { printable } from '../../words/printable.ts'
import { plural, ranges } from './numbers.ts'
import { groupingText, workersOf } from './plan-text.ts'

/** Ends with a line break. */
export function planMermaid(plan: PlanDescription): string {
  // Names of their own: an id may be any text, and Mermaid has reserved words.
  const names = new Map(plan.components.map(({ id }, index) => [id, `c${index + 1}`]))
  const edges = plan.edges.filter(({ system }) => !system).map((edge) => edgeText(edge, names))
  const pairs = plan.edges
    .filter(({ system, stream }) => system && stream !== WATERMARK_STREAM)
    .map(({ from, to }) => `${names.get(from)} -.-> ${names.get(to)}`)
  const nodes = plan.components.map((component) => nodeText(component, names.get(component.id) ?? ''))
  return ['flowchart LR', ...[...nodes, ...edges, ...new Set(pairs)].map((line) => `  ${line}`), ''].join('\n')
}

function nodeText(component: ComponentDescription, name: string): string {
  const { id, kind, system, tasks } = component
  const workers = workersOf(component)
  const where = `${plural(tasks.length, 'task')} on ${nounFor(workers.length, 'worker')} ${ranges(workers)}`
  const label = `"${escaped(id)}<br/>${where}"`
  if (system) return `${name}[[${label}]]`
  return kind === 'spout' ? `${name}([${label}])` : `${name}[${label}]`
}

function edgeText(
  { from, stream, to, grouping, holdsBack }: EdgeDescription,
  names: ReadonlyMap<string, string>,
): string {
  const label = `${stream === DEFAULT_STREAM ? '' : `${stream}: `}${groupingText(grouping)}`
  return `${names.get(from)} ${holdsBack ? '-->' : '-.->'}|"${escaped(label)}"| ${names.get(to)}`
}

/** Mermaid's own escapes: `#` and a number and `;`. */
function escaped(text: string): string {
  return printable(text).replace(/["#<>&\t]/g, (character) => `#${character.charCodeAt(0)};`)
}
