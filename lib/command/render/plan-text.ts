/** A plan as aligned text: the components with their tasks, where each task runs, who sends to whom. */
import type { ComponentDescription, EdgeDescription, GroupingSpec, PlanDescription, Promises } from '../../run/index.ts'
import { DEAD_LETTERS_COMPONENT, WATERMARK_STREAM } from '../../tuple/system-ids.ts'
import { type Line, plain } from './line.ts'
import { count, ranges } from './numbers.ts'
import { sizeText } from './size.ts'
import { type Cell, table } from './table.ts'

/** A plan as lines. */
export function planLines(plan: PlanDescription): Line[] {
  const own = plan.components.filter(({ system }) => !system)
  const tasks = own.reduce((sum, component) => sum + component.tasks.length, 0)
  const size = sizeText({ components: own.length, tasks, workers: plan.workers.length })
  return [
    [{ text: plan.topology, style: 'bold' }, { text: `: ${size}` }],
    plain(''),
    ...componentTable(plan.components),
    plain(''),
    ...workerTable(plan),
    plain(''),
    ...edgeTable(plan.edges.filter(({ system }) => !system)),
    ...ackerLines(plan),
    ...timeLines(plan),
    ...plan.cycles.map((cycle) => plain(`cycle: ${[...cycle, cycle[0]].join(' → ')}; its edges do not hold back`)),
  ]
}

/** What the maker of the topology says about it, behind an empty line; headings, which are not indented, in bold. */
export function aboutLines(about: readonly string[]): Line[] {
  if (about.length === 0) return []
  return [plain(''), ...about.map((text): Line => (text.startsWith(' ') ? plain(text) : [{ text, style: 'bold' }]))]
}

/** What holds from each source to each sink, and why; what holds on the way, where that is something else. */
export function promiseLines({ guarantee, components, paths }: Promises): Line[] {
  const promised = (title: string, why: string): Line[] => [[{ text: title, style: 'bold' }], plain(`  because ${why}`)]
  const onPaths = new Set(paths.map(({ promise }) => promise))
  const others = components.filter(({ promise }) => !onPaths.has(promise))
  return [
    plain(''),
    plain(`topology.guarantee: ${guarantee}`),
    ...paths.flatMap(({ from, to, promise, why }) => promised(`from ${from} to ${to}: ${promise}`, why)),
    ...others.flatMap(({ component, promise, why }) => promised(`${component}: ${promise}`, why)),
  ]
}

/** `fields(word)` */
export function groupingText({ type, fields }: GroupingSpec): string {
  return fields === undefined ? type : `${type}(${fields.join(', ')})`
}

/** The workers of a component, ascending, each once. */
export function workersOf({ tasks }: ComponentDescription): readonly number[] {
  return [...new Set(tasks.map(({ worker }) => worker))].sort((a, b) => a - b)
}

function componentTable(components: readonly ComponentDescription[]): Line[] {
  const columns = [
    { title: 'component' },
    { title: 'kind' },
    { title: 'executors', align: 'right' as const },
    { title: 'tasks' },
    { title: 'workers' },
  ]
  const rows = components.map((component): Cell[] => [
    component.id,
    component.system ? `system ${component.kind}` : component.kind,
    count(component.executors),
    ranges(component.tasks.map(({ task }) => task)),
    ranges(workersOf(component)),
  ])
  return table(columns, rows)
}

function workerTable({ workers, components }: PlanDescription): Line[] {
  const rows = workers.map(({ worker, tasks }): Cell[] => {
    const here = components
      .map(({ id, tasks }) => [id, tasks.filter((task) => task.worker === worker).map(({ task }) => task)] as const)
      .filter(([, own]) => own.length > 0)
    return [String(worker), count(tasks.length), here.map(([id, own]) => `${id} ${ranges(own)}`).join(' · ')]
  })
  return table([{ title: 'worker' }, { title: 'tasks', align: 'right' }, { title: 'component and tasks' }], rows)
}

function edgeTable(edges: readonly EdgeDescription[]): Line[] {
  const columns = ['from', 'stream', 'to', 'grouping', 'holds back'].map((title) => ({ title }))
  const rows = edges.map(({ from, stream, fields, to, grouping, holdsBack }): Cell[] => [
    from,
    `${stream}(${fields.join(', ')})`,
    to,
    groupingText(grouping),
    holdsBack ? 'yes' : { text: 'no', style: 'yellow' },
  ])
  return edges.length === 0 ? [] : table(columns, rows)
}

/** One line in place of the edges that watermarks take, which are where tuples go as well. */
function timeLines({ edges }: PlanDescription): Line[] {
  const marked = edges.filter(({ from, to, stream }) => stream === WATERMARK_STREAM && from !== to)
  if (marked.length === 0) return []
  const makers = new Set(marked.map(({ from }) => from))
  for (const { to } of marked) makers.delete(to)
  const heard = [...new Set(marked.map(({ to }) => to))]
  return [plain(`event time comes from ${[...makers].join(', ')}, and is known to ${heard.join(', ')}`)]
}

/** One line in place of the many edges of the acker, which follow from there being one. */
function ackerLines({ components }: PlanDescription): Line[] {
  if (!components.some(({ system }) => system)) return [plain('no tuple is tracked: the topology has no ackers')]
  const system = components.filter((component) => component.system).map(({ id }) => id)
  if (system.includes(DEAD_LETTERS_COMPONENT))
    return [plain(`no tuple is tracked, for snapshots are taken; what is given up comes to ${DEAD_LETTERS_COMPONENT}`)]
  return [plain(`every component reports to ${system.join(', ')}, which answers the spouts`)]
}
