/**
 * A component as it was declared in a builder → what stands of it in the topology, and everything that is wrong with
 * it.
 */
import { notAFactory } from '../errors/not-a-factory.ts'
import { type Problem, toProblem, type Where } from '../errors/typhoon-error.ts'
import type { ComponentId } from '../tuple/ids.ts'
import type { Component } from './component.ts'
import { type ConfigMap, mergeConfig } from './config.ts'
import type { CustomStreamGrouping } from './definition.ts'
import { declaredStreams } from './streams.ts'
import type { ComponentSpec, StreamSpec, Subscription } from './topology.ts'

/** A component that is being declared. */
export interface Declared {
  readonly id: ComponentId
  readonly kind: 'spout' | 'bolt'
  readonly create: () => Component
  readonly parallelism: number
  readonly inputs: Subscription[]
  readonly groupings: Map<string, () => CustomStreamGrouping>
  config: ConfigMap
}

/**
 * What stands of a component in the topology.
 * @param component the sample; undefined where none can be made
 * @param problems what is wrong with it is added
 */
export function specOf(
  declared: Declared,
  component: Component | undefined,
  topologyConfig: ConfigMap,
  problems: Problem[],
): ComponentSpec {
  const own = component?.getComponentConfiguration?.()
  if (component !== undefined) problems.push(...forgottenTicks(component, own, { component: declared.id }))
  const config = mergeConfig(own, declared.config)
  const effective = mergeConfig(topologyConfig, config)
  const limit = positive(effective['topology.max.task.parallelism']) ?? Number.POSITIVE_INFINITY
  const wantedTasks = effective['topology.tasks'] ?? declared.parallelism
  const tasks = typeof wantedTasks === 'number' ? Math.min(wantedTasks, limit) : Number.NaN
  return {
    kind: declared.kind,
    outputs: component === undefined ? {} : outputsOf(component),
    inputs: declared.inputs,
    parallelism: Math.min(declared.parallelism, tasks),
    tasks,
    config,
  }
}

/** One instance, to read what it declares; the tasks get instances of their own. Undefined where there is none. */
export function sampleOf({ id, kind, create }: Declared, problems: Problem[]): Component | undefined {
  const where = { component: id }
  const refused = notAFactory(create, `"${id}"`, `the ${kind}`, where)
  if (refused !== undefined) {
    problems.push(toProblem(refused))
    return undefined
  }
  try {
    const component = create()
    if (isComponent(component, kind)) return component
    const wanted = kind === 'spout' ? 'a spout, which has nextTuple' : 'a bolt, which has execute'
    problems.push({ code: 'NOT_A_COMPONENT', message: `"${id}" is not ${wanted}`, where })
  } catch (error) {
    const { code, message, hint } = toProblem(error, 'CONSTRUCTOR_FAILED')
    const problem = { code, message: `"${id}" cannot be made: ${message}`, where }
    problems.push(hint === undefined ? problem : { ...problem, hint })
  }
  return undefined
}

/** What the sample of a component needs of files, and does not find. */
export function missingFiles(component: ComponentId, sample: Component, codeDir: string): Problem[] {
  try {
    sample.checkFiles?.(codeDir)
    return []
  } catch (error) {
    const problem = toProblem(error, 'FILE_NOT_FOUND')
    return [{ ...problem, where: { ...problem.where, component } }]
  }
}

/** A basic bolt whose class asks for ticks looks for them in `execute`, as one does in Storm. */
function forgottenTicks(component: Component, own: ConfigMap | undefined, where: Where): Problem[] {
  const asks = (own?.['topology.tick.tuple.freq.secs'] ?? null) !== null
  if (!asks || component.kind !== 'basic-bolt' || component.tick !== undefined) return []
  const message = `"${where.component}" asks for ticks in getComponentConfiguration, and has no method for them`
  const hint = 'give it tick(collector): in a BasicBolt ticks do not come to execute'
  return [{ code: 'NO_METHOD', message, where, hint }]
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined
}

function isComponent(value: unknown, kind: 'spout' | 'bolt'): value is Component {
  const method = kind === 'spout' ? 'nextTuple' : 'execute'
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function'
}

function outputsOf(component: Component): Record<string, StreamSpec> {
  const streams = [...declaredStreams(component)]
  return Object.fromEntries(streams.map(([id, { fields, direct }]) => [id, { fields: fields.names, direct }]))
}
