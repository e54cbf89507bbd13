/**
 * What an exported topology is on a host of Storm's: one of its components, made anew, as the child of a ShellSpout or
 * a ShellBolt. Its name is the first argument of the process. What it keeps in states it keeps by itself, as long as it
 * lives, as a task of Typhoon's does without snapshots.
 *
 * This is bundled into the export, with the modules of the topology; nothing here reads a file of Typhoon's.
 */
import type { YamlMap } from '../../../annex/yaml-value.ts'
import { formatProblem } from '../../../errors/format.ts'
import { messageOf, stackOf, TyphoonError, toProblem } from '../../../errors/typhoon-error.ts'
import { construct } from '../../../flux/beans/construct.ts'
import { definitionOf, madeBy } from '../../../flux/definitions.ts'
import { runChild } from '../../../multilang/child/run-child.ts'
import type { Component } from '../../../topology/component/component.ts'
import type { TopologyDefinition } from '../../../topology/component/definition.ts'
import type { ConfigMap } from '../../../topology/config/config.ts'
import { printableStack } from '../../../words/printable.ts'

/** Makes the component of an id; loads what it needs, and no more. */
export type MakeComponent = (id: string) => Component | Promise<Component>

/** A bean, and what loads that which its className names. */
export interface LoadedBean {
  readonly bean: YamlMap
  readonly load: () => Promise<unknown>
}

/** Runs the component that the command line names until its parent ends it, and sets the exit code. */
export async function runComponent(make: MakeComponent): Promise<void> {
  const id = process.argv[2] ?? ''
  try {
    process.exitCode = await runChild(async () => make(id), { keepsStates: true })
  } catch (error) {
    // The parent shows stderr where no pid has come, and of that the last line above all.
    console.error([...printableStack(stackOf(error)), formatProblem(toProblem(error))].join('\n'))
    process.exitCode = 1
  }
}

/** Makes the components of a module that makes the topology. */
export function ofModule(
  load: () => Promise<Readonly<Record<string, unknown>>>,
  input: { readonly config: ConfigMap; readonly variables: Readonly<Record<string, string>> },
): MakeComponent {
  return async (id) => ofDefinition(definitionOf(await madeBy(await load(), input)), id)
}

/**
 * Makes the components that a bean makes the topology of.
 * @param method of the bean's instance, called with the configuration
 */
export function ofSource(
  source: LoadedBean,
  components: Readonly<Record<string, LoadedBean>>,
  method: string,
  config: ConfigMap,
): MakeComponent {
  return async (id) => {
    const made = (await instanceOf(source, components)) as Record<string, (config: ConfigMap) => unknown>
    return ofDefinition(definitionOf(await made[method]!(config)), id)
  }
}

/** Makes the components that are beans. */
export function ofBeans(
  vertices: Readonly<Record<string, LoadedBean>>,
  components: Readonly<Record<string, LoadedBean>>,
): MakeComponent {
  return async (id) => {
    if (!Object.hasOwn(vertices, id)) throw unknown(id)
    return (await instanceOf(vertices[id]!, components)) as Component
  }
}

function ofDefinition(definition: TopologyDefinition | undefined, id: string): Component {
  const make = definition?.components.get(id)
  if (make === undefined) throw unknown(id)
  return make()
}

/** Within it, a component that several refer to is one instance. */
async function instanceOf(vertex: LoadedBean, components: Readonly<Record<string, LoadedBean>>): Promise<unknown> {
  const all = [vertex, ...Object.values(components)]
  const classes = new Map(await Promise.all(all.map(async ({ bean, load }) => [bean, await load()] as const)))
  const instances = new Map<string, unknown>()
  const make = (bean: YamlMap): unknown =>
    construct(bean, { classOf: (one) => classes.get(one), instanceOf: (id) => shared(id) })
  const shared = (id: string): unknown => {
    if (!Object.hasOwn(components, id)) return undefined
    if (!instances.has(id)) instances.set(id, make(components[id]!.bean))
    return instances.get(id)
  }
  try {
    return make(vertex.bean)
  } catch (error) {
    throw new TyphoonError('CONSTRUCTOR_FAILED', messageOf(error), { cause: error })
  }
}

function unknown(id: string): TyphoonError {
  return new TyphoonError('UNKNOWN_COMPONENT', `the topology that was exported has no component "${id}"`)
}
