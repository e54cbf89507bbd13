/**
 * The shape of a topology's YAML: Flux's keys (apache/storm `flux/flux-core/.../model`), once, in the words of JSON Schema.
 * `check-shape.ts` checks files against it, `schema.ts` makes the schema for editors of it; so the two agree.
 */

/** The part of JSON Schema (draft-07) that is used here. */
export interface Shape {
  /** What it is, for messages. */
  readonly title?: string
  readonly description?: string
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  /** An object with properties and without this takes any other key too. */
  readonly additionalProperties?: false
  readonly items?: Shape
  readonly minimum?: number
  readonly pattern?: string
  readonly examples?: readonly unknown[]
  readonly default?: unknown
  /** Name of one of `SHAPES`. */
  readonly ref?: ShapeName
}

type ShapeName =
  | 'topology'
  | 'config'
  | 'bean'
  | 'hook'
  | 'vertex'
  | 'stream'
  | 'grouping'
  | 'include'
  | 'source'
  | 'property'
  | 'configMethod'
  | 'arguments'
  | 'customClass'

const text = (description: string, more: Partial<Shape> = {}): Shape => ({ type: 'string', description, ...more })
const flag = (description: string): Shape => ({ type: 'boolean', description, default: false })
const list = (ref: ShapeName, description: string): Shape => ({ type: 'array', description, items: { ref } })
const count = (description: string): Shape => ({ type: 'integer', minimum: 1, description })
const load = (description: string): Shape => ({
  type: 'number',
  minimum: 0,
  description: `${description} Accepted for Storm's sake.`,
})

/** Storm's grouping types, as they are written. */
export const GROUPING_NAMES = [
  'SHUFFLE',
  'FIELDS',
  'PARTIAL_KEY',
  'ALL',
  'GLOBAL',
  'NONE',
  'DIRECT',
  'LOCAL_OR_SHUFFLE',
  'CUSTOM',
] as const

/** The components that come with Typhoon, which a className names without a module. */
export const SHIPPED_COMPONENTS = [
  'FileSpout',
  'RandomSentenceSpout',
  'SequenceSpout',
  'ConstantSpout',
  'SplitBolt',
  'CountBolt',
  'TopBolt',
  'LogBolt',
  'FileSinkBolt',
  'NullBolt',
  'IdentityBolt',
  'ShellSpout',
  'ShellBolt',
  'org.apache.storm.flux.wrappers.spouts.FluxShellSpout',
  'org.apache.storm.flux.wrappers.bolts.FluxShellBolt',
  'org.apache.storm.flux.wrappers.bolts.LogInfoBolt',
] as const

const CLASS_NAME = text(
  'A module and an export of it, the module relative to this file (./components/split.ts#Split) or from a package ' +
    '(some-package#Export); or the name of a component that comes with Typhoon. A class is constructed, a function is called.',
  { examples: [...SHIPPED_COMPONENTS, './components/split.ts#Split', 'some-package#Export'] },
)

const MADE = {
  className: CLASS_NAME,
  constructorArgs: { ref: 'arguments', description: 'Arguments of the constructor, or of the function.' },
  properties: list(
    'property',
    'Values that are set once it is made: by setName(value) where there is such a method, else in the field.',
  ),
  configMethods: list('configMethod', 'Methods that are called once it is made.'),
} as const satisfies Record<string, Shape>

const BEAN = {
  id: text('Name that others refer to.'),
  ...MADE,
  factory: text('A static method of className that makes it, in place of the constructor.'),
  factoryArgs: { ref: 'arguments', description: 'Arguments of the factory.' },
} as const satisfies Record<string, Shape>

export const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  topology: {
    type: 'object',
    title: 'a topology',
    description: 'A topology, or a part of one that others include.',
    additionalProperties: false,
    properties: {
      name: text('Name of the topology.', { examples: ['word-count'] }),
      config: { ref: 'config', description: 'Configuration of the topology.' },
      components: list('bean', 'Objects that spouts, bolts and each other refer to; every task has its own.'),
      spouts: list('vertex', 'Where tuples come from.'),
      bolts: list('vertex', 'What tuples go through.'),
      streams: list('stream', 'Who gets what from whom.'),
      includes: list('include', 'Files whose content is added to this one.'),
      topologySource: {
        ref: 'source',
        description: 'Something that makes the topology; excludes spouts, bolts and streams.',
      },
      workerHooks: list('hook', 'What runs in every worker before the first task and after the last one.'),
    },
  },
  config: { type: 'object' },
  bean: {
    type: 'object',
    title: 'a component',
    additionalProperties: false,
    required: ['id', 'className'],
    properties: BEAN,
  },
  hook: {
    type: 'object',
    title: 'a worker hook',
    additionalProperties: false,
    required: ['className'],
    properties: BEAN,
  },
  vertex: {
    type: 'object',
    title: 'a spout or bolt',
    additionalProperties: false,
    required: ['id', 'className'],
    properties: {
      ...BEAN,
      parallelism: { ...count('Number of executors.'), default: 1 },
      numTasks: count('Number of tasks; as many as executors unless set.'),
      config: { ref: 'config', description: 'Configuration of this component; goes before that of the topology.' },
      onHeapMemoryLoad: load('Memory in MB.'),
      offHeapMemoryLoad: load('Further memory in MB.'),
      cpuLoad: load('Load in percent of a core.'),
    },
  },
  stream: {
    type: 'object',
    title: 'a stream',
    additionalProperties: false,
    required: ['from', 'to', 'grouping'],
    properties: {
      name: text('For the reader alone.'),
      from: text('Id of the spout or bolt that emits.'),
      to: text('Id of the bolt that gets it.'),
      grouping: { ref: 'grouping', description: 'Which task gets which tuple.' },
    },
  },
  grouping: {
    type: 'object',
    title: 'a grouping',
    additionalProperties: false,
    required: ['type'],
    properties: {
      type: text('How tuples are spread over the tasks.', {
        pattern: `^(${GROUPING_NAMES.map(anyCase).join('|')})$`,
        examples: GROUPING_NAMES,
      }),
      streamId: text('Stream of the emitter.', { default: 'default' }),
      args: {
        type: 'array',
        items: { type: 'string' },
        description: 'The fields, of a FIELDS or PARTIAL_KEY grouping.',
      },
      customClass: { ref: 'customClass', description: 'The grouping, for type CUSTOM.' },
    },
  },
  customClass: {
    type: 'object',
    title: 'a custom grouping',
    additionalProperties: false,
    required: ['className'],
    properties: BEAN,
  },
  include: {
    type: 'object',
    title: 'an include',
    additionalProperties: false,
    required: ['file'],
    properties: {
      file: text('Path, relative to this file.'),
      override: flag(
        'Whether the included file goes before this one where both have the same. Streams are always added.',
      ),
      resource: flag("Accepted for Storm's sake; files are always read from disk."),
    },
  },
  source: {
    type: 'object',
    title: 'a topology source',
    additionalProperties: false,
    required: ['className'],
    properties: {
      ...MADE,
      methodName: text('Its method that makes the topology; it gets the configuration.', { default: 'getTopology' }),
    },
  },
  property: {
    type: 'object',
    title: 'a property',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: text('Name of the property.'),
      value: { description: 'A scalar, a list or a map.' },
      ref: text('Id of one of the components.'),
    },
  },
  configMethod: {
    type: 'object',
    title: 'a config method',
    additionalProperties: false,
    required: ['name'],
    properties: { name: text('Name of the method.'), args: { ref: 'arguments', description: 'Its arguments.' } },
  },
  arguments: { type: 'array', items: { description: 'A scalar, a list, a map, {ref: id} or {reflist: [id, …]}.' } },
}

/** A pattern for a name in any case, with `_` or `-`. */
function anyCase(name: string): string {
  return name.replace(/[A-Z_]/g, (letter) => (letter === '_' ? '[_-]' : `[${letter}${letter.toLowerCase()}]`))
}
