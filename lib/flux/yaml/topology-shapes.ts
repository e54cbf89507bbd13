/**
 * The shape of a topology's YAML: Flux's keys (apache/storm `flux/flux-core/.../model`), once, in the words of JSON
 * Schema, and the sections of the annexes beside them. `check-shape.ts` checks files against it, `schema.ts` makes the
 * schema for editors of it.
 */
import type { Section } from '../../annex/annex.ts'
import { amount, BEAN, count, flag, list, load, MADE, type Shape, text } from '../../annex/yaml-shape.ts'

/** Shapes by their names; `topology` is that of a file. */
export type Shapes = Readonly<Record<string, Shape>> & { readonly topology: Shape }

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

/** Those of every file. */
const SHAPES: Shapes = {
  topology: {
    type: 'object',
    title: 'a topology',
    description: 'A topology, or a part of one that others include.',
    additionalProperties: false,
    properties: {
      name: text('Name of the topology.', { examples: ['word-count'] }),
      type: text("Accepted for Heron's sake: storm or heron."),
      config: { ref: 'config', description: 'Configuration of the topology.' },
      aliases: {
        ref: 'aliases',
        description: 'What stands for classes that this file names: com.example.MySpout: ./my-spout.ts#MySpout.',
      },
      components: list('bean', 'Objects that spouts, bolts and each other refer to; every task has its own.'),
      spouts: list('vertex', 'Where tuples come from.'),
      bolts: list('vertex', 'What tuples go through.'),
      streams: list('stream', 'Who gets what from whom.'),
      includes: list('include', 'Files whose content is added to this one.'),
      topologySource: {
        ref: 'source',
        description: 'Something that makes the topology, in place of all sections that do.',
      },
      workerHooks: list('hook', 'What runs in every worker before the first task and after the last one.'),
    },
  },
  className: { type: 'string' },
  config: { type: 'object' },
  aliases: { type: 'object' },
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
      config: { ref: 'config', description: 'Configuration of this component; overrides that of the topology.' },
      timestamps: { ref: 'timestamps', description: 'Where event time comes from, if it comes from here.' },
      onHeapMemoryLoad: load('Memory in MB.'),
      offHeapMemoryLoad: load('Further memory in MB.'),
      cpuLoad: load('Load in percent of a core.'),
    },
  },
  timestamps: {
    type: 'object',
    title: 'timestamps',
    additionalProperties: false,
    properties: {
      field: text('Field that holds the timestamp, a number: of what a spout emits, or of what comes to a bolt.'),
      extractor: text('In place of a field: a function of a tuple that returns its timestamp, ./module.ts#export.'),
      partition: text('Field that says which partition a tuple is of, where these may be at different times.'),
      lagMs: amount('By how much a tuple may be older than the newest one and not be late.'),
      intervalMs: amount('How often a watermark is sent, milliseconds.', 1),
      maxDriftMs: amount('By how much one task of a spout may be ahead of the one that is furthest behind.'),
      idleMs: amount('A partition of which nothing has come for so long holds no watermark back, milliseconds.', 1),
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
      override: flag('Whether the included file overrides this one where both set the same. Streams are always added.'),
      resource: flag(
        'Whether it is looked for as in a jar: from the folder of the topology, or of its folder `resources`, a leading slash left out.',
      ),
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

/** Whether a key of a file is one of every file, and not of an annex. */
export function isOwnKey(key: string): boolean {
  return Object.hasOwn(SHAPES.topology.properties ?? {}, key)
}

/**
 * The shapes of a file that has these sections.
 * @param sections by their keys
 * @param others keys of sections that it might have
 */
export function shapesWith(sections: ReadonlyMap<string, Section>, others: readonly string[] = []): Shapes {
  const properties: Record<string, Shape> = Object.fromEntries(others.map((key) => [key, { type: 'array' }]))
  let shapes: Readonly<Record<string, Shape>> = {}
  for (const [key, section] of sections) {
    properties[key] = list(section.entry, section.description)
    shapes = { ...shapes, ...section.shapes }
  }
  const { topology } = SHAPES
  return { ...shapes, ...SHAPES, topology: { ...topology, properties: { ...topology.properties, ...properties } } }
}

/** A pattern for a name in any case, with `_` or `-`. */
function anyCase(name: string): string {
  return name.replace(/[A-Z_]/g, (letter) => (letter === '_' ? '[_-]' : `[${letter}${letter.toLowerCase()}]`))
}
