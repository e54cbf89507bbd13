/**
 * A topology's YAML → its definition. It goes on after each problem, so that one run shows all that can be found; the
 * rules themselves stand in `topology/validate.ts`.
 */
import type { ReadSection } from '../annex/annex.ts'
import type { Report } from '../annex/definition-report.ts'
import {
  amountAt,
  countAt,
  mapAt,
  placeOf,
  plain,
  settle,
  type YamlEntry,
  type YamlMap,
  type YamlValue,
} from '../annex/yaml-value.ts'
import { DefinitionError, type Finding, TyphoonError, type Where } from '../errors/typhoon-error.ts'
import { type BoltDeclarer, type ComponentDeclarer, TopologyBuilder } from '../topology/builder/topology-builder.ts'
import type { Component } from '../topology/component/component.ts'
import type { CustomStreamGrouping, TopologyDefinition } from '../topology/component/definition.ts'
import type { WorkerHook } from '../topology/component/task-context.ts'
import type { Timestamps } from '../topology/component/timestamps.ts'
import { type ConfigMap, keyOf, mergeConfig } from '../topology/config/config.ts'
import { isSecretKey, validateConfig } from '../topology/config/config-check.ts'
import type { Annexes } from './annexes/annexes.ts'
import { type Aliases, Beans } from './beans/beans.ts'
import { reconfigure } from './definitions.ts'
import { YamlOrigin } from './origin.ts'
import { placeProblem } from './place-problems.ts'
import { readStreams, type StreamEntries } from './read-streams.ts'
import { childOptionsOf } from './storm/child-options.ts'
import { extractorsOf, timestampsOf } from './timestamps.ts'
import { callTopologySource } from './topology-source.ts'
import { withoutUnconnected } from './unconnected.ts'
import type { TopologyYaml } from './yaml/includes.ts'

/** What an executor needs, by the key of a spout or bolt, and of the configuration. */
const LOADS = [
  ['cpuLoad', 'topology.component.cpu.pcore.percent'],
  ['onHeapMemoryLoad', 'topology.component.resources.onheap.memory.mb'],
  ['offHeapMemoryLoad', 'topology.component.resources.offheap.memory.mb'],
] as const

/** Stands in for a name that is missing or no good, which was reported. */
const NAMELESS = 'topology'

/**
 * @param overrides configuration that overrides the file's
 * @param given aliases that override the file's
 * @returns `undefined` where something is wrong; the report says what
 */
export async function buildTopology(
  yaml: TopologyYaml,
  annexes: Annexes,
  overrides: ConfigMap,
  given: Readonly<Record<string, string>>,
  report: Report,
): Promise<BuiltTopology | undefined> {
  const config = mergeConfig(readConfig(yaml.config, report), overrides)
  const streams = readStreams(yaml, report)
  const [first] = yaml.sections
  const made = first?.[1].section.read(first[1].entries)
  const extractors = extractorsOf([...yaml.spouts.values(), ...yaml.bolts.values()])
  const beans = await Beans.load(
    annexes,
    yaml.components,
    [...beansOf(yaml, streams), ...extractors.values(), ...(made?.beans ?? [])],
    aliasesOf(yaml, given, report),
    report,
  )
  probeHooksAndGroupings(yaml, streams, beans, report)
  const definition = await definitionIn(yaml, { config, streams, made, extractors, beans }, report)
  return definition && { definition, origin: new YamlOrigin(yaml, streams, beans) }
}

/** A definition, and what it was made of. */
export interface BuiltTopology {
  readonly definition: TopologyDefinition
  readonly origin: YamlOrigin
}

/** What was read of a file. */
interface ReadParts {
  readonly config: ConfigMap
  readonly streams: StreamEntries
  readonly made: ReadSection | undefined
  readonly extractors: ReturnType<typeof extractorsOf>
  readonly beans: Beans
}

async function definitionIn(
  yaml: TopologyYaml,
  { config, streams, made, extractors, beans }: ReadParts,
  report: Report,
): Promise<TopologyDefinition | undefined> {
  const [first] = yaml.sections
  const hooks = [...yaml.workerHooks].map((hook) => () => beans.make(hook) as WorkerHook)
  if (first !== undefined && made !== undefined && yaml.topologySource === undefined) {
    const [key, { section, at }] = first
    checkExclusive(yaml, `${section.makers} make the whole topology, and exclude`, key, report)
    const name = nameIn(yaml, report)
    const nameAt = yaml.name?.place ?? yaml.place
    const definition = await made.build({ at, name, nameAt, config, components: yaml.components, beans, report })
    return definition && { ...definition, workerHooks: [...definition.workerHooks, ...hooks] }
  }
  if (yaml.topologySource === undefined)
    return assemble(
      withoutUnconnected(yaml, streams, config, (bolt) => hasTicks(beans, bolt), report),
      nameIn(yaml, report),
      config,
      streams,
      beans,
      (vertex) => timestampsOf(vertex, extractors, beans, report),
      hooks,
      report,
    )
  checkExclusive(yaml, 'a topologySource makes the whole topology, and excludes', 'topologySource', report)
  const definition = await callTopologySource(yaml.topologySource, beans, config, report)
  if (definition === undefined) return undefined
  try {
    const workerHooks = [...definition.workerHooks, ...hooks]
    return reconfigure({ ...definition, workerHooks }, config, textOfName(yaml))
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    report.addError(error)
    return undefined
  }
}

/** Those that were given with the command, then those of the file. */
function aliasesOf(yaml: TopologyYaml, given: Readonly<Record<string, string>>, report: Report): Aliases {
  const aliases = new Map<string, { text: string; file: string }>()
  for (const [name, { value }] of yaml.aliases) {
    if (value.kind === 'scalar' && typeof value.value === 'string')
      aliases.set(name, { text: value.value, file: value.place.file })
    else
      report.add(
        'YAML_SHAPE',
        `what stands for "${name}" must be a text`,
        value.place,
        'com.example.MySpout: ./my-spout.ts#MySpout',
      )
  }
  for (const [name, text] of Object.entries(given)) aliases.set(name, { text, file: yaml.place.file })
  return aliases
}

/** Whether a bolt asks for ticks itself. One that cannot be made does not. */
function hasTicks(beans: Beans, bolt: YamlMap): boolean {
  try {
    return 'topology.tick.tuple.freq.secs' in Object((beans.make(bolt) as Component).getComponentConfiguration?.())
  } catch {
    return true
  }
}

function assemble(
  yaml: TopologyYaml,
  name: string,
  config: ConfigMap,
  streams: StreamEntries,
  beans: Beans,
  timestampsAt: (vertex: YamlMap) => Timestamps | undefined,
  hooks: readonly (() => WorkerHook)[],
  report: Report,
): TopologyDefinition | undefined {
  const builder = new TopologyBuilder(name, config)
  const failures = new Map<string, TyphoonError>()
  const maker = (id: string, bean: YamlMap) => (): any => {
    try {
      return beans.make(bean) as Component
    } catch (error) {
      if (error instanceof TyphoonError) failures.set(id, error)
      throw error
    }
  }
  for (const [id, vertex] of yaml.spouts) {
    const declarer = builder.setSpout(id, maker(id, vertex), countAt(vertex, 'parallelism'))
    configure(declarer, vertex, timestampsAt(vertex), report)
  }
  const bolts = new Map<string, BoltDeclarer>()
  for (const [id, vertex] of yaml.bolts) {
    if (yaml.spouts.has(id)) {
      yaml.repeated.add(id)
      report.add('DUPLICATE_ID', `a spout and a bolt are called "${id}"`, placeOf(vertex, 'id'))
      continue
    }
    const declarer = builder.setBolt(id, maker(id, vertex), countAt(vertex, 'parallelism'))
    bolts.set(id, configure(declarer, vertex, timestampsAt(vertex), report))
  }
  for (const { from, to, stream, grouping, customClass } of streams.entries) {
    const custom = customClass && (() => beans.make(customClass) as CustomStreamGrouping)
    bolts.get(to)?.grouping(from, stream, grouping, custom)
  }
  for (const hook of hooks) builder.addWorkerHook(hook)
  try {
    return builder.createTopology()
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    addProblems(error.findings, yaml, streams, failures, report)
    return undefined
  }
}

/** A component that cannot be made is reported with the place of what failed in it. */
function addProblems(
  problems: readonly Finding[],
  yaml: TopologyYaml,
  streams: StreamEntries,
  failures: ReadonlyMap<string, TyphoonError>,
  report: Report,
): void {
  const broken = new Set([...failures.keys(), ...yaml.repeated])
  for (const { code, where } of problems) if (code === 'NOT_A_COMPONENT') broken.add(where.component!)
  for (const problem of problems) {
    if (report.isFull) {
      report.addProblem(problem)
      continue
    }
    const failure = failures.get(problem.where.component ?? '')
    if (failure !== undefined && failure.code === problem.code) {
      report.addError(failure, problem.where.component)
      continue
    }
    const placed = placeProblem(problem, yaml, streams, broken)
    if (placed !== undefined) report.addProblem(placed)
  }
}

function configure<D extends ComponentDeclarer>(
  declarer: D,
  vertex: YamlMap,
  timestamps: Timestamps | undefined,
  report: Report,
): D {
  declarer.addConfigurations(readConfig(mapAt(vertex, 'config')?.entries ?? new Map(), report))
  if (timestamps !== undefined) declarer.setTimestamps(timestamps)
  for (const [key, name] of LOADS) {
    const load = amountAt(vertex, key)
    if (load !== undefined) declarer.addConfiguration(name, load)
  }
  const tasks = countAt(vertex, 'numTasks')
  return tasks === undefined ? declarer : declarer.setNumTasks(tasks)
}

/** The entries that are valid; the others are reported where they stand. */
function readConfig(entries: ReadonlyMap<string, YamlEntry>, report: Report): ConfigMap {
  const config: [string, unknown][] = []
  for (const [key, { key: place, value }] of entries) {
    if (value.kind === 'scalar') {
      if (value.unknown) continue
      const type = keyOf(key)?.type
      if (type !== undefined) settle(value, type === 'text' ? 'string' : 'number')
    }
    const one = key === 'topology.worker.childopts' ? nodeOptions(value, report) : plain(value)
    const [problem] = validateConfig({ [key]: one })
    if (problem !== undefined) report.add(problem.code, problem.message, placeToShow(key, value), problem.hint)
    else {
      config.push([key, one])
      report.warnOfKey(key, place)
    }
  }
  return Object.fromEntries(config)
}

/** Storm's files have a text for a JVM there. */
function nodeOptions(value: YamlValue, report: Report): unknown {
  const found = childOptionsOf(plain(value))
  if (found === undefined) return plain(value)
  if (found.ignored.length > 0)
    report.warn(
      `options of a JVM are ignored: ${found.ignored.join(', ')}; topology.worker.childopts takes those of Node.js`,
      value.place,
    )
  return found.options
}

/** Where a value stands; of a secret without the line, which holds it. */
function placeToShow(key: string, { place }: YamlValue): Where {
  const { source, ...where } = place
  return isSecretKey(key) ? where : place
}

function beansOf(yaml: TopologyYaml, { entries }: StreamEntries): YamlMap[] {
  const groupings = entries.flatMap(({ customClass }) => customClass ?? [])
  const source = yaml.topologySource === undefined ? [] : [yaml.topologySource]
  return [...yaml.spouts.values(), ...yaml.bolts.values(), ...yaml.workerHooks, ...groupings, ...source]
}

/** Spouts and bolts are tried by the builder; these would be found out in a worker only. */
function probeHooksAndGroupings(yaml: TopologyYaml, { entries }: StreamEntries, beans: Beans, report: Report): void {
  const demand = (bean: YamlMap, fits: (made: Record<string, unknown>) => boolean, wanted: string): void => {
    const made = beans.probe(bean)
    if (made !== undefined && !fits(Object(made)))
      report.add('NOT_A_COMPONENT', `this is not a ${wanted}`, placeOf(bean, 'className'))
  }
  for (const hook of yaml.workerHooks) {
    demand(hook, (made) => 'start' in made || 'shutdown' in made, 'worker hook: it has neither start nor shutdown')
  }
  for (const { customClass } of entries) {
    if (customClass !== undefined)
      demand(customClass, (made) => typeof made['chooseTasks'] === 'function', 'grouping: it lacks chooseTasks')
  }
}

/** Reports what else makes the topology. @param maker its key in the file */
function checkExclusive(yaml: TopologyYaml, excludes: string, maker: string, report: Report): void {
  const others = [
    ...(['spouts', 'bolts', 'streams'] as const).map((key) => [key, yaml[key].values()] as const),
    ...[...yaml.sections].map(([key, { entries }]) => [key, entries.values()] as const),
  ]
  for (const [key, entries] of others) {
    const [first] = entries
    if (key !== maker && first !== undefined) report.add('YAML_SHAPE', `${excludes} ${key}`, first.place)
  }
}

function nameIn(yaml: TopologyYaml, report: Report): string {
  if (yaml.name === undefined) report.add('YAML_SHAPE', 'the topology needs a name', yaml.place, 'name: my-topology')
  return textOfName(yaml) ?? NAMELESS
}

function textOfName({ name }: TopologyYaml): string | undefined {
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : undefined
}
