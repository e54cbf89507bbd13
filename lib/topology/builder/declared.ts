/**
 * A component as it was declared in a builder → what stands of it in the topology, and everything that is wrong with
 * it.
 */

import { type Finding, type Problem, toFinding, toProblem, type Where } from '../../errors/typhoon-error.ts'
import { type CallSite, placeText, topmostUserPlace } from '../../errors/user-places.ts'
import { notAFactory } from '../../shape/not-a-factory.ts'
import { quoted } from '../../shape/quoted.ts'
import type { ComponentId } from '../../tuple/ids.ts'
import { nearest } from '../../words/suggest.ts'
import type { Component } from '../component/component.ts'
import type { CustomStreamGrouping } from '../component/definition.ts'
import { declaredStreams, misdeclaredStreams } from '../component/hosting/streams.ts'
import type { Timestamps } from '../component/timestamps.ts'
import { type ConfigMap, mergeConfig } from '../config/config.ts'
import type { ComponentSpec, StreamSpec, Subscription, TimestampSpec } from '../topology.ts'

/** A component that is being declared. */
export interface Declared {
  readonly id: ComponentId
  readonly kind: 'spout' | 'bolt'
  readonly create: () => Component
  readonly parallelism: number
  readonly inputs: Subscription[]
  /** Where the component was declared, and where each of its inputs was. */
  readonly declaredAt: CallSite
  readonly subscribedAt: CallSite[]
  readonly groupings: Map<string, () => CustomStreamGrouping>
  config: ConfigMap
  /** What the topology says of the component's timestamps. */
  timestamps?: Timestamps
}

/** Makes the component as it was declared: what was said of its timestamps goes before what it says itself. */
export function makerOf(declared: Declared): () => Component {
  const { create } = declared
  return () => {
    const component = create()
    const { timestamps } = declared
    if (timestamps === undefined || !isComponent(component, declared.kind)) return component
    const value = { ...component.timestamps, ...timestamps }
    return Object.defineProperty(component, 'timestamps', { value, enumerable: true, configurable: true })
  }
}

/**
 * What stands of a component in the topology.
 * @param component the sample; undefined where none can be made
 * @param problems what is wrong with it is added
 */
export function specOf(declared: Declared, component: Component | undefined, problems: Finding[]): ComponentSpec {
  const own = component?.getComponentConfiguration?.()
  if (component !== undefined) problems.push(...forgottenTicks(component, own, { component: declared.id }))
  problems.push(...wrongExtractor(declared.id, component?.timestamps))
  const wrong = component === undefined ? [] : wrongOutputs(declared.id, component)
  problems.push(...wrong)
  return {
    kind: declared.kind,
    outputs: component === undefined || wrong.length > 0 ? {} : outputsOf(component),
    inputs: declared.inputs,
    parallelism: declared.parallelism,
    config: mergeConfig(own, declared.config),
    ...(component?.timestamps === undefined ? {} : { timestamps: specOfTimestamps(component.timestamps) }),
  }
}

function specOfTimestamps({ extractor, ...settings }: Timestamps): TimestampSpec {
  return extractor === undefined ? settings : { ...settings, extractor: true }
}

/** A file may have given something else to a constructor. */
function wrongExtractor(component: ComponentId, timestamps: Timestamps | undefined): Problem[] {
  const extractor: unknown = timestamps?.extractor
  if (extractor === undefined || typeof extractor === 'function') return []
  return [
    {
      code: 'BAD_CONFIG',
      message: `in the timestamps of "${component}", the extractor must be a function, not ${quoted(extractor)}`,
      where: { component },
      hint: 'in a file a function makes it: components: [{ id: time, className: ./time.ts#makeExtractor }], and extractor: { ref: time }',
    },
  ]
}

/**
 * One instance, to read what it declares; the tasks get instances of their own. Undefined where there is none.
 * @param problems what is wrong with it is added
 * @param causes what was thrown is added
 */
export function sampleOf(declared: Declared, problems: Finding[], causes: unknown[]): Component | undefined {
  const { id, kind, create } = declared
  const where = { component: id }
  const refused = notAFactory(create, `"${id}"`, `the ${kind}`, where)
  if (refused !== undefined) {
    problems.push(toFinding(refused))
    return undefined
  }
  try {
    const component = makerOf(declared)()
    if (isComponent(component, kind)) return component
    problems.push({ code: 'NOT_A_COMPONENT', ...whyNoComponent(component, id, kind), where })
  } catch (error) {
    causes.push(error)
    const thrown = error instanceof Error ? topmostUserPlace(error.stack) : undefined
    const known = thrown === undefined ? undefined : `thrown at ${placeText(thrown)}`
    const { code, message, hint = known } = toFinding(error, 'CONSTRUCTOR_FAILED')
    const problem = { code, message: `"${id}" cannot be made: ${message}`, where }
    problems.push(hint === undefined ? problem : { ...problem, hint })
  }
  return undefined
}

/** Whether what makes a component makes no new one. */
export function isTheSameAgain(sample: Component, create: () => Component): boolean {
  try {
    return create() === sample
  } catch {
    // A worker will say why.
    return false
  }
}

/** One instance cannot be several tasks: all of them would have the context and the collector of the last one. */
export function oneForAll(component: ComponentId): Finding {
  return {
    code: 'NOT_A_COMPONENT',
    message: `"${component}" has several tasks, and its function makes the same instance for each`,
    where: { component },
    hint: {
      code: 'make a new one each time: () => new MyClass(…)',
      yaml: 'a function that className names makes a new one each time that it is called',
    },
  }
}

/** What the sample of a component says of a configuration. */
export function warningsOf(component: ComponentId, sample: Component, config: ConfigMap): string[] {
  const all = sample.kind === 'spout' ? (sample.warnings?.(config) ?? []) : []
  return all.map((warning) => `"${component}" ${warning}`)
}

/** Spouts that read what can be read only once, behind another one that does. */
export function sharedInputs(samples: readonly (readonly [ComponentId, Component])[]): Problem[] {
  const readers = new Map<string, ComponentId>()
  return samples.flatMap(([component, sample]): Problem[] => {
    const input = sample.kind === 'spout' ? sample.readsOnce : undefined
    if (input === undefined) return []
    const first = readers.get(input)
    if (first === undefined) {
      readers.set(input, component)
      return []
    }
    const message = `"${component}" reads ${input}, and so does "${first}": each would get a part of it`
    const hint = `let both subscribers listen to "${first}"`
    return [{ code: 'INPUT_SHARED', message, where: { component }, hint }]
  })
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
function forgottenTicks(component: Component, own: ConfigMap | undefined, where: Where): Finding[] {
  const asks = (own?.['topology.tick.tuple.freq.secs'] ?? null) !== null
  if (!asks || component.kind !== 'basic-bolt' || component.tick !== undefined) return []
  const message = `"${where.component}" asks for ticks in getComponentConfiguration, and lacks a method for them`
  const hint = 'give it tick(collector): in a BasicBolt ticks do not come to execute'
  return [{ code: 'NO_METHOD', message, where, hint }]
}

const METHODS = { spout: 'nextTuple', bolt: 'execute' } as const

function whyNoComponent(made: unknown, id: ComponentId, kind: 'spout' | 'bolt'): Pick<Finding, 'message' | 'hint'> {
  const method = METHODS[kind]
  const not = `"${id}" is not a ${kind}`
  if (made === undefined || made === null)
    return {
      message: `${not}: its function returned ${made}`,
      hint: {
        code: '() => new MyClass(…), or return it where the function has braces',
        yaml: 'a function that className names returns the component',
      },
    }
  if (typeof (made as { then?: unknown }).then === 'function')
    return {
      message: `${not}: its function returned a promise`,
      hint: 'what must be waited for is done in prepare or open',
    }
  if (isComponent(made, kind === 'spout' ? 'bolt' : 'spout'))
    return {
      message: `${not}, but a ${kind === 'spout' ? 'bolt' : 'spout'}`,
      hint:
        kind === 'spout'
          ? { code: 'declare it with setBolt', yaml: 'write it below bolts' }
          : { code: 'declare it with setSpout', yaml: 'write it below spouts' },
    }
  const near = nearest(method, methodsOf(made))
  return near === undefined
    ? { message: `${not}: it lacks ${method}`, hint: `give its class ${method}` }
    : { message: `${not}: it has ${near}, and lacks ${method}`, hint: `did you mean "${method}"?` }
}

/** The names of its methods, inherited ones too. */
function methodsOf(value: unknown): string[] {
  const names: string[] = []
  for (let one: unknown = Object(value); one !== null && one !== Object.prototype; one = Object.getPrototypeOf(one))
    names.push(...Object.getOwnPropertyNames(one))
  return names
}

/**
 * The problem with the place of the call that it is about: the subscription to `where.from`, or else the declaration of
 * the component. Of a repeated subscription it is the last.
 */
export function placed(problem: Finding, declared: readonly Declared[]): Finding {
  const { component, stream, from } = problem.where
  const mine = declared.filter(({ id }) => id === component)
  const isRepeated = problem.code === 'DUPLICATE_ID'
  const one = mine.length > 1 && isRepeated ? mine[1] : mine[0]
  if (one === undefined || problem.where.file !== undefined) return problem
  const about = one.inputs.flatMap((input, index) =>
    input.stream === stream && input.component === from ? [one.subscribedAt[index]!] : [],
  )
  const place = ((isRepeated ? about.at(-1) : about[0]) ?? one.declaredAt).place
  return place === undefined ? problem : { ...problem, where: { ...place, ...problem.where } }
}

function isComponent(value: unknown, kind: 'spout' | 'bolt'): value is Component {
  const method = METHODS[kind]
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function'
}

function wrongOutputs(component: ComponentId, sample: Component): Problem[] {
  return misdeclaredStreams(sample).map(([stream, value]) => ({
    code: 'NO_FIELDS',
    message: `the stream "${stream}" of "${component}" is declared by ${quoted(value)}, and needs fields`,
    where: { component, stream },
    hint: "outputs = fields('word'), or { errors: fields('error') }; leave it out where nothing is emitted",
  }))
}

function outputsOf(component: Component): Record<string, StreamSpec> {
  const streams = [...declaredStreams(component)]
  return Object.fromEntries(streams.map(([id, { fields, direct }]) => [id, { fields: fields.names, direct }]))
}
