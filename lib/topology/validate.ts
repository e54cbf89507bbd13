/**
 * Everything that can be wrong with a topology before it runs, found in one go: the rules of Storm's TopologyBuilder
 * and StormCommon (apache/storm `storm-client/.../topology/TopologyBuilder.java`, `daemon/StormCommon.java`), and a few
 * more.
 */

import type { ErrorCode } from '../errors/catalogue.ts'
import type { Finding, Where } from '../errors/typhoon-error.ts'
import type { Wording } from '../errors/wording.ts'
import { MAX_TASK_ID } from '../tuple/ids.ts'
import { isSystemId } from '../tuple/system-ids.ts'
import { printable } from '../words/printable.ts'
import { someOf, suggest } from '../words/suggest.ts'
import { resolveConfig } from './config/config.ts'
import { validateComponentConfig, validateConfig } from './config/config-check.ts'
import { timestampProblems } from './timestamp-problems.ts'
import {
  type ComponentSpec,
  GROUPING_TYPES,
  type StreamSpec,
  type Subscription,
  sizeOf,
  type Topology,
} from './topology.ts'

const NAME = /^[^/.:\\\s][^/.:\\]*$/

/**
 * The number of problems from which on no further component is looked at: a topology of thousands may have the same
 * mistake in each.
 */
const MOST_PROBLEMS = 1000

/**
 * Empty where the topology can run.
 * @param unknown components that cannot be made: what they declare is not known, and of their streams nothing is wrong
 */
export function validateTopology(topology: Topology, unknown: ReadonlySet<string> = new Set()): Finding[] {
  const components = Object.entries(topology.components)
  const problems = [
    ...nameProblems(topology.name),
    ...validateConfig(topology.config),
    ...shapeProblems(
      topology,
      components.map(([, spec]) => spec),
    ),
  ]
  const subscribers = new Map(components.flatMap(([id, { inputs }]) => inputs.map((input) => [input.component, id])))
  for (const [id, spec] of components) {
    if (problems.length >= MOST_PROBLEMS) break
    problems.push(...componentProblems(id, spec, topology, unknown))
    const subscriber = subscribers.get(id)
    if (subscriber !== undefined && declaresNothing(topology, id) && !unknown.has(id))
      problems.push(noOutputs(id, subscriber))
  }
  return problems
}

function problem(code: ErrorCode, message: string, where: Where, hint?: Wording): Finding {
  return hint === undefined ? { code, message, where } : { code, message, where, hint }
}

function nameProblems(name: string): Finding[] {
  if (typeof name === 'string' && NAME.test(name) && printable(name) === name && !isSystemId(name)) return []
  return [
    problem(
      'BAD_NAME',
      `"${name}" is not a name for a topology`,
      {},
      'it must not be empty, nor have any of / . : \\ or control characters',
    ),
  ]
}

function shapeProblems(topology: Topology, specs: readonly ComponentSpec[]): Finding[] {
  const problems: Finding[] = []
  if (!specs.some((spec) => spec.kind === 'spout')) problems.push(problem('NO_SPOUT', 'the topology needs a spout', {}))
  // A count that is not a number is reported at its component.
  const counts = specs.map((spec) => sizeOf(topology, spec).tasks).filter(Number.isSafeInteger)
  const tasks = counts.reduce((sum, count) => sum + count, 0)
  if (tasks > MAX_TASK_ID / 2)
    problems.push(
      problem('BAD_PARALLELISM', `the topology has ${tasks} tasks, more than ${Math.floor(MAX_TASK_ID / 2)}`, {}),
    )
  return problems
}

function componentProblems(
  id: string,
  spec: ComponentSpec,
  topology: Topology,
  unknown: ReadonlySet<string>,
): Finding[] {
  const where = { component: id }
  const problems: Finding[] = validateComponentConfig(spec.config, where)
  if (isSystemId(id) || id === '')
    problems.push(
      problem('RESERVED_ID', `"${id}" is not a name for a component`, where, 'ids must not start with two underscores'),
    )
  const counts = { parallelism: spec.parallelism, 'number of tasks': sizeOf(topology, spec).tasks }
  const wrong = Object.entries(counts).find(([, value]) => !Number.isSafeInteger(value) || value < 1)
  if (wrong !== undefined)
    problems.push(
      problem('BAD_PARALLELISM', `the ${wrong[0]} of "${id}" must be a whole number from 1 up, not ${wrong[1]}`, where),
    )
  const lone = moreTasksThanGroups(id, spec, topology)
  if (lone !== undefined) problems.push(lone)
  for (const [stream, { fields }] of Object.entries(spec.outputs)) problems.push(...streamProblems(id, stream, fields))
  if (spec.kind === 'spout' && spec.inputs.length > 0)
    problems.push(problem('SPOUT_WITH_INPUT', `the spout "${id}" subscribes to "${spec.inputs[0]!.component}"`, where))
  if (spec.kind === 'bolt' && spec.inputs.length === 0 && !hasTicks(spec, topology)) {
    const others = someOf(Object.keys(topology.components).filter((other) => other !== id))
    const ticks = 'or set topology.tick.tuple.freq.secs for a bolt that is driven by ticks alone'
    const hint = {
      code: `subscribe it to one of: ${others}; ${ticks}`,
      yaml: `add to streams { from: …, to: ${id}, grouping: { type: SHUFFLE } }, from one of: ${others}; ${ticks}`,
    }
    problems.push(problem('NO_INPUT', `the bolt "${id}" subscribes to nothing and would never run`, where, hint))
  }
  for (const input of spec.inputs) {
    if (problems.length >= MOST_PROBLEMS) break
    if (!unknown.has(input.component) && !declaresNothing(topology, input.component))
      problems.push(...inputProblems(id, input, topology))
  }
  problems.push(...repeatedInputs(id, spec.inputs))
  problems.push(...timestampProblems(id, topology, unknown))
  return problems
}

/** A task without a key group would get nothing. */
function moreTasksThanGroups(id: string, spec: ComponentSpec, topology: Topology): Finding | undefined {
  const config = resolveConfig(topology.config)
  const { tasks } = sizeOf(topology, spec)
  const groups = config['topology.key.groups']
  if (config['topology.guarantee'] !== 'exactly-once' || !(tasks > groups)) return undefined
  if (!spec.inputs.some(({ grouping }) => grouping.type === 'fields')) return undefined
  return problem(
    'BAD_PARALLELISM',
    `"${id}" is grouped by fields and has ${tasks} tasks, more than the ${groups} key groups`,
    { component: id },
    'raise topology.key.groups before the first run: it is fixed as long as there is state',
  )
}

function declaresNothing({ components }: Topology, id: string): boolean {
  return Object.hasOwn(components, id) && Object.keys(components[id]!.outputs).length === 0
}

const OUTPUTS_OF_CLASS = 'a class of your own says what it emits: readonly outputs = fields({ name: string })'

/** One problem of the component, however many subscribe to it: it is its class that forgot something. */
function noOutputs(id: string, subscriber: string): Finding {
  const elsewhere = `or subscribe "${subscriber}" to another component`
  return problem(
    'UNKNOWN_STREAM',
    `"${id}" declares no outputs, and "${subscriber}" subscribes to it`,
    { component: id },
    {
      code: `${OUTPUTS_OF_CLASS}; ShellBolt and ShellSpout take { outputs: ['name'] }; ${elsewhere}`,
      yaml: `ShellBolt and ShellSpout take { outputs: [name] } among their constructorArgs; ${OUTPUTS_OF_CLASS}; ${elsewhere}`,
    },
  )
}

function hasTicks(spec: ComponentSpec, topology: Topology): boolean {
  const key = 'topology.tick.tuple.freq.secs'
  return (key in spec.config ? spec.config[key] : (topology.config[key] ?? null)) !== null
}

function streamProblems(component: string, stream: string, fields: readonly string[]): Finding[] {
  const where = { component, stream }
  const problems: Finding[] = []
  if (isSystemId(stream) || stream === '')
    problems.push(
      problem(
        'RESERVED_ID',
        `"${stream}" is not a name for a stream`,
        where,
        'ids must not start with two underscores',
      ),
    )
  const twice = firstTwice(fields)
  if (twice !== undefined)
    problems.push(problem('DUPLICATE_FIELD', `the field "${twice}" is declared twice`, { ...where, field: twice }))
  return problems
}

function firstTwice(names: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return names.find((name) => seen.size === seen.add(name).size)
}

function inputProblems(id: string, input: Subscription, topology: Topology): Finding[] {
  const where = { component: id, stream: input.stream, from: input.component }
  const source = Object.hasOwn(topology.components, input.component) ? topology.components[input.component] : undefined
  if (source === undefined) {
    const hint = suggest(input.component, Object.keys(topology.components))
    return [
      problem(
        'UNKNOWN_COMPONENT',
        `"${id}" subscribes to "${input.component}", which is not in the topology`,
        where,
        hint,
      ),
    ]
  }
  const stream = Object.hasOwn(source.outputs, input.stream) ? source.outputs[input.stream] : undefined
  if (stream === undefined) {
    const hint = suggest(input.stream, Object.keys(source.outputs))
    return [
      problem(
        'UNKNOWN_STREAM',
        `"${id}" subscribes to the stream "${input.stream}" of "${input.component}", which does not declare it`,
        where,
        hint,
      ),
    ]
  }
  return groupingProblems(id, input, stream)
}

function groupingProblems(
  id: string,
  { component, stream: name, grouping }: Subscription,
  stream: StreamSpec,
): Finding[] {
  const where = { component: id, stream: name, from: component }
  if (!GROUPING_TYPES.includes(grouping.type)) {
    return [
      problem(
        'UNKNOWN_GROUPING',
        `there is no grouping "${grouping.type}"`,
        where,
        suggest(grouping.type, GROUPING_TYPES),
      ),
    ]
  }
  if ((grouping.type === 'direct') !== stream.direct) {
    const message = stream.direct
      ? `the stream "${name}" of "${component}" is direct, and "${id}" groups it by ${grouping.type}`
      : `"${id}" groups the stream "${name}" of "${component}" directly, which is not declared direct`
    return [problem('DIRECT_GROUPING', message, where)]
  }
  if (grouping.fields !== undefined && !Array.isArray(grouping.fields)) {
    const message = `"${id}" must group "${component}" by a list of fields, not by ${JSON.stringify(grouping.fields)}`
    return [problem('UNKNOWN_FIELD', message, where, `write [${JSON.stringify(grouping.fields)}]`)]
  }
  if ((grouping.type === 'fields' || grouping.type === 'partial-key') && (grouping.fields ?? []).length === 0) {
    return [
      problem(
        'UNKNOWN_FIELD',
        `"${id}" groups "${component}" by fields and names none`,
        where,
        suggest('', stream.fields),
      ),
    ]
  }
  const known = new Set(stream.fields)
  return (grouping.fields ?? [])
    .filter((field) => !known.has(field))
    .slice(0, MOST_PROBLEMS)
    .map((field) =>
      problem(
        'UNKNOWN_FIELD',
        `"${id}" groups by the field "${field}", which "${component}" does not declare on "${name}"`,
        { ...where, field },
        suggest(field, stream.fields),
      ),
    )
}

function repeatedInputs(id: string, inputs: readonly Subscription[]): Finding[] {
  const seen = new Set<string>()
  const problems: Finding[] = []
  for (const { component, stream } of inputs) {
    const name = JSON.stringify([component, stream])
    if (seen.has(name))
      problems.push(
        problem('DUPLICATE_ID', `"${id}" subscribes twice to the stream "${stream}" of "${component}"`, {
          component: id,
          stream,
          from: component,
        }),
      )
    seen.add(name)
  }
  return problems
}
