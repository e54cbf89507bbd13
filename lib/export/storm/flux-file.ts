/** A topology as a Flux file for Storm: every component a shell component, which runs the bundle. Pure. */
import type { ComponentSpec, GroupingSpec, Subscription, Topology } from '../../topology/topology.ts'
import { DEFAULT_STREAM } from '../../tuple/system-ids.ts'
import { stormComponentConfig, stormConfig, TASKS } from './config.ts'

/** Folder of what Storm unpacks beside its workers, and where their children run. */
export const RESOURCES = 'resources'

const WRAPPERS = 'org.apache.storm.flux.wrappers'
const PARTIAL_KEY = 'org.apache.storm.grouping.PartialKeyGrouping'
const FIELDS = 'org.apache.storm.tuple.Fields'

/** An object of Java, as Flux has it made. */
interface FluxBean {
  readonly id: string
  readonly className: string
  readonly constructorArgs?: readonly unknown[]
  readonly configMethods?: readonly { readonly name: string; readonly args: readonly unknown[] }[]
}

interface FluxVertex extends FluxBean {
  readonly parallelism: number
  readonly numTasks?: number
}

interface FluxStream {
  readonly from: string
  readonly to: string
  readonly grouping: {
    readonly type: string
    readonly streamId?: string
    readonly args?: readonly string[]
    readonly customClass?: Omit<FluxBean, 'id'>
  }
}

/** The file as plain data. */
export interface FluxFile {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly components?: readonly FluxBean[]
  readonly spouts: readonly FluxVertex[]
  readonly bolts: readonly FluxVertex[]
  readonly streams: readonly FluxStream[]
}

/** @param bundle the file in `resources` that runs the component which its first argument names */
export function fluxFileOf({ name, config, components }: Topology, bundle: string): FluxFile {
  const all = Object.entries(components)
  const nodeOptions = config['topology.worker.childopts'] ?? []
  const command = (id: string): string[] => ['node', ...nodeOptions, bundle, id]
  const vertices = (kind: ComponentSpec['kind']): FluxVertex[] =>
    all.filter(([, spec]) => spec.kind === kind).map(([id, spec]) => vertexOf(id, spec, command(id)))
  const streams = all.flatMap(([to, { inputs }]) => inputs.map((input) => ({ to, input })))
  const beans = streams.flatMap(({ to, input }) => fieldsBean(to, input))
  return {
    name,
    config: stormConfig(config),
    ...(beans.length === 0 ? {} : { components: beans }),
    spouts: vertices('spout'),
    bolts: vertices('bolt'),
    streams: streams.map(({ to, input }) => streamOf(to, input)),
  }
}

function vertexOf(id: string, spec: ComponentSpec, command: readonly string[]): FluxVertex {
  const { kind, outputs, parallelism, config } = spec
  const declared = Object.entries(outputs).map(([stream, { fields }]) => ({
    name: 'setNamedStream',
    args: [stream, fields],
  }))
  const configured = Object.entries(stormComponentConfig(config)).map((args) => ({ name: 'addComponentConfig', args }))
  const configMethods = [...declared, ...configured]
  const tasks = config[TASKS]
  return {
    id,
    className: kind === 'spout' ? `${WRAPPERS}.spouts.FluxShellSpout` : `${WRAPPERS}.bolts.FluxShellBolt`,
    constructorArgs: [command],
    ...(configMethods.length === 0 ? {} : { configMethods }),
    parallelism,
    ...(typeof tasks === 'number' ? { numTasks: tasks } : {}),
  }
}

function streamOf(to: string, input: Subscription): FluxStream {
  const { component: from, stream, grouping } = input
  const streamId = stream === DEFAULT_STREAM ? {} : { streamId: stream }
  return { from, to, grouping: { ...typeOf(to, input, grouping), ...streamId } }
}

function typeOf(to: string, input: Subscription, grouping: GroupingSpec): Pick<FluxStream['grouping'], 'type'> {
  const type = grouping.type.toUpperCase().replaceAll('-', '_')
  if (grouping.type === 'fields') return { type, args: grouping.fields } as FluxStream['grouping']
  if (grouping.type !== 'partial-key') return { type }
  const [fields] = fieldsBean(to, input)
  const constructorArgs = fields === undefined ? {} : { constructorArgs: [{ ref: fields.id }] }
  return { type: 'CUSTOM', customClass: { className: PARTIAL_KEY, ...constructorArgs } } as FluxStream['grouping']
}

/** Flux has no word for a grouping by partial key: it is an object, and so are its fields. */
function fieldsBean(to: string, { component, stream, grouping: { type, fields } }: Subscription): FluxBean[] {
  if (type !== 'partial-key' || fields === undefined) return []
  return [{ id: `${component}/${stream}/${to}`, className: FIELDS, constructorArgs: [fields] }]
}
