/**
 * The shapes of a `trident` section, made from the words of `vocabulary.ts`: one for each operation, with the keys that
 * it takes, so that an editor offers just those.
 */
import { BEAN, count, flag, list, type Shape, text } from '../../annex/shape.ts'
import { withArticle } from '../../errors/plural.ts'
import { BUILTINS } from '../builtin/index.ts'
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
      return { type: 'string', enum: ['inner', 'outer'], default: 'inner' }
    case 'joinMode':
      return { type: 'string', enum: ['compact', 'preserve'], default: 'compact' }
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
  const { doc: description, value, valueWithFields, keys } = word
  const own: Shape =
    valueWithFields === undefined
      ? { ...shapeOf(value), description }
      : { description, anyOf: [value, valueWithFields].map((role): Shape => shapeOf(role)) }
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

const STATE_KIND: Shape = {
  type: 'string',
  enum: ['non-transactional', 'transactional', 'opaque'],
  description: 'What it remembers of transactions; the least that is exactly once with its spouts unless given.',
}
const CACHE: Shape = {
  type: 'integer',
  minimum: 0,
  description: 'Keys that are kept in memory in front of the store, in each partition.',
  default: 200_000,
}

const STATE_OPTIONS: Readonly<Record<(typeof STATES)[number], Readonly<Record<string, Shape>>>> = {
  embedded: { kind: STATE_KIND, cacheSize: CACHE },
  memory: { kind: STATE_KIND },
  redis: {
    kind: STATE_KIND,
    cacheSize: CACHE,
    host: text('Its host.', { default: '127.0.0.1' }),
    port: { ...count('Its port.'), default: 6379 },
    username: text('User name.'),
    password: text('Password; better as a variable.'),
    db: { type: 'integer', minimum: 0, description: 'Number of the database.', default: 0 },
    tls: flag('Whether the connection is encrypted.'),
    prefix: text('First part of the keys.', { default: 'typhoon' }),
    maxWaitMs: { ...count('So long a commit waits for a Redis that is away.'), default: 30_000 },
    commandTimeoutMs: { ...count('A Redis that does not answer for so long counts as away.'), default: 10_000 },
  },
}

const STATE_DOCS: Readonly<Record<(typeof STATES)[number], string>> = {
  embedded: 'In the embedded store below topology.state.dir: it survives everything but the loss of the disk.',
  memory: 'In the memory of the workers: lost with them.',
  redis: 'In Redis.',
}

const STATE_MAPS = STATES.map((name) =>
  map('a state', name, { [name]: options(`the options of ${name}`, STATE_DOCS[name], STATE_OPTIONS[name]) }),
)
const MAX_ROWS = { maxRows: { ...count('Rows that a partition keeps at most.'), default: 1_000_000 } }
const WINDOW_MAPS = WINDOW_STORES.map((name) =>
  map('a window store', name, { [name]: options(`the options of ${name}`, STATE_DOCS[name], MAX_ROWS) }),
)

function options(title: string, description: string, properties: Readonly<Record<string, Shape>>): Shape {
  return { type: 'object', title, description, additionalProperties: false, properties }
}

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
        format: {
          type: 'string',
          enum: ['json', 'text'],
          default: 'json',
          description: 'json: an object on each line; text: its values, with the separator between them.',
        },
        separator: text('Between the values of a line of text; a tabulator unless given.'),
      }),
    ],
  },
  time: {
    title: 'a time',
    anyOf: [{ type: 'string', examples: ['500ms', '10s', '1m', '1h'] }, INTEGER],
  },
}
