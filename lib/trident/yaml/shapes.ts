/**
 * The shapes of a `trident` section, made from the words of `vocabulary.ts`: one for each operation, with the keys that
 * it takes, so that an editor offers just those.
 */
import { BEAN, list, type Shape, text } from '../../annex/yaml-shape.ts'
import { schemaOf } from '../../shape/constraint.ts'
import type { Option, OptionTable } from '../../shape/options.ts'
import { withArticle } from '../../words/plural.ts'
import { BUILTINS } from '../builtin/index.ts'
import { JOIN } from '../program/join-options.ts'
import { EMBEDDED_MAP, FILE_SINK_IN_YAML, MEMORY_MAP, REDIS_MAP } from '../state/state-options.ts'
import { WINDOW_STORE } from '../window/window-store-options.ts'
import {
  builtinsFor,
  type Key,
  type Keys,
  OPERATIONS,
  PARTS,
  type PartsKind,
  REPARTITIONINGS,
  ROLES,
  type Role,
  SOURCES,
  STATES,
  WINDOW_STORES,
  type Word,
} from './vocabulary.ts'

/** A module and an export of it; or a variable that holds it. */
const EXPORT = '#|\\$\\{'
const INTEGER: Shape = { type: 'integer', minimum: 1 }
const TEXTS: Shape = { type: 'array', items: { type: 'string' } }

const REF: Shape = map('a ref', 'ref', { ref: text('Id of one of the components.') })
const { id: _id, ...MADE_BEAN } = BEAN
const BEAN_OF_CLASS: Shape = map('a bean', 'className', MADE_BEAN)

/** What is named: by a word that Typhoon knows or as an export of a module, or made as beans are. */
function named(title: string, words: readonly string[], ...more: readonly Shape[]): Shape {
  const example = './module.ts#export'
  const word: Shape = {
    type: 'string',
    pattern: EXPORT,
    examples: words.length === 0 ? [example] : [...words, example],
  }
  return { title, anyOf: [word, ...more, BEAN_OF_CLASS, REF] }
}

function map(title: string, tag: string, properties: Readonly<Record<string, Shape>>, required = [tag]): Shape {
  return { type: 'object', title, tag, additionalProperties: false, required, properties }
}

function roleShape(role: Role): Shape {
  const title = withArticle(ROLES[role])
  if (role === 'spout') return { title, anyOf: [{ ref: 'className' }, BEAN_OF_CLASS, REF] }
  const builtins = builtinsFor(role)
  const withArguments = builtins.filter((name) => BUILTINS[name].args.length > 0)
  const maps = withArguments.map((name) => {
    const usage = BUILTINS[name].args.map((one) => ('optional' in one ? `${one.name}?` : one.name))
    return map(title, name, { [name]: { description: `Its arguments: [${usage.join(', ')}].` } })
  })
  return named(title, builtins, ...maps)
}

/** What stands behind a key, without its description. */
function shapeOf(kind: Key['kind']): Shape {
  switch (kind) {
    case 'text':
    case 'stream':
    case 'state':
      return { type: 'string' }
    case 'fields':
    case 'streams':
      return TEXTS
    case 'count':
      return INTEGER
    case 'load':
      return { type: 'number', minimum: 0 }
    case 'countPair':
      return { type: 'array', items: INTEGER }
    case 'duration':
      return { ref: 'time' }
    case 'durationPair':
      return { type: 'array', items: { ref: 'time' } }
    case 'joinType':
      return { type: 'string', enum: JOIN.types.choices as readonly string[], default: 'inner' }
    case 'joinMode':
      return shapeOfOption(JOIN.outMode)
    case 'aggregators':
    case 'joined':
    case 'reduced':
      return { type: 'array', items: { ref: kind } }
    default:
      return { ref: kind }
  }
}

function keyShapes(keys: Keys): Record<string, Shape> {
  const shapes = Object.entries(keys).map(([name, { kind, doc }]) => [name, { ...shapeOf(kind), description: doc }])
  return Object.fromEntries(shapes)
}

function requiredOf(keys: Keys): string[] {
  return Object.entries(keys).flatMap(([name, key]) => (key.required === true ? [name] : []))
}

function wordShape(title: string, name: string, word: Word, more: Readonly<Record<string, Shape>> = {}): Shape {
  const { doc: description, value, keys } = word
  const own: Shape =
    value.withFields === undefined
      ? { ...shapeOf(value.kind), description }
      : { description, anyOf: [value.kind, value.withFields].map((kind): Shape => shapeOf(kind)) }
  const properties = { [name]: own, ...keyShapes(keys), ...more }
  return { ...map(title, name, properties, [name, ...requiredOf(keys)]), description }
}

const STEPS = Object.entries(OPERATIONS).map(([name, word]) => wordShape(`a step "${name}"`, name, word))

const DO = list('step', 'What is done with it, in order.')
const STREAMS = Object.entries(SOURCES).map(([name, word]) =>
  wordShape(`a stream by "${name}"`, name, word, name === 'staticState' ? {} : { do: DO }),
)

function partShape(title: string, kind: PartsKind): Shape {
  const keys = PARTS[kind]
  return { type: 'object', title, additionalProperties: false, required: requiredOf(keys), properties: keyShapes(keys) }
}

/** As YAML writes an option. There is no Infinity in it. */
function shapeOfOption(option: Option): Shape {
  const { doc, default: value } = option
  return {
    ...schemaOf(option),
    ...(doc === undefined ? {} : { description: doc }),
    ...(value === undefined ? {} : { default: value }),
  }
}

function shapesOf(options: OptionTable): Record<string, Shape> {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, shapeOfOption(option)]))
}

/** A word that options may follow: `redis`, `{ redis: { host: db1 } }`. */
function wordWithOptions(title: string, name: keyof typeof STATE_DOCS, options: OptionTable): Shape {
  const shape: Shape = { type: 'object', title: `the options of ${name}`, description: STATE_DOCS[name] }
  return map(title, name, { [name]: { ...shape, additionalProperties: false, properties: shapesOf(options) } })
}

const STATE_DOCS: Readonly<Record<(typeof STATES)[number], string>> = {
  embedded: 'In the embedded store below topology.state.dir: it survives everything but the loss of the disk.',
  memory: 'In the memory of the workers: lost with them.',
  redis: 'In Redis.',
}
const STATE_OPTIONS: Readonly<Record<(typeof STATES)[number], OptionTable>> = {
  embedded: EMBEDDED_MAP,
  memory: MEMORY_MAP,
  redis: REDIS_MAP,
}

const STATE_MAPS = STATES.map((name) => wordWithOptions('a state', name, STATE_OPTIONS[name]))
const WINDOW_MAPS = WINDOW_STORES.map((name) => wordWithOptions('a window store', name, WINDOW_STORE))

const ROLE_SHAPES = Object.fromEntries((Object.keys(ROLES) as Role[]).map((role) => [role, roleShape(role)])) as Record<
  Role,
  Shape
>

/** The shapes of Trident, by name. */
export const TRIDENT_SHAPES: Readonly<Record<string, Shape>> = {
  ...ROLE_SHAPES,
  tridentStream: { title: 'a stream', anyOf: STREAMS },
  step: {
    title: 'a step',
    anyOf: [{ type: 'string', enum: Object.keys(REPARTITIONINGS), description: 'A change of partitions.' }, ...STEPS],
  },
  aggregators: partShape('an aggregation', 'aggregators'),
  joined: partShape('a joined stream', 'joined'),
  reduced: partShape('a reduced stream', 'reduced'),
  stateFactory: named('a state', STATES, ...STATE_MAPS),
  windowStore: {
    title: 'a window store',
    anyOf: [{ type: 'string', enum: WINDOW_STORES }, ...WINDOW_MAPS],
  },
  fileSink: {
    title: 'a file sink',
    anyOf: [
      { type: 'string' },
      map('a file sink', 'path', {
        path: text('Path of the file.'),
        ...shapesOf(FILE_SINK_IN_YAML),
      }),
    ],
  },
  time: {
    title: 'a time',
    anyOf: [{ type: 'string', examples: ['500ms', '10s', '1m', '1h'] }, INTEGER],
  },
}
