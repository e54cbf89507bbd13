import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import { z } from 'zod'
import { GROUPING_NAMES } from '../../lib/flux/yaml/topology-shapes.ts'
import { ANNEXES } from '../../lib/run/annexes.ts'
import { classNamed, topologySchema } from '../../lib/run/with-annexes.ts'
import { CONFIG_KEYS } from '../../lib/topology/config/keys.ts'
import { GROUPING_TYPES } from '../../lib/topology/topology.ts'
import { builtinsFor } from '../../lib/trident/yaml/vocabulary.ts'

const SAMPLES = join(process.cwd(), 'spec', 'samples')
let schema: any
let isValid: (value: unknown) => boolean

test.before(async () => {
  schema = JSON.parse(JSON.stringify(await topologySchema()))
  // What zod can read of it: all but the condition.
  const { if: _if, then: _then, ...unconditional } = schema
  const validator = z.fromJSONSchema(unconditional)
  isValid = (value) => validator.safeParse(value).success
})

test('the schema is JSON Schema, draft-07, and all its references lead somewhere', (t) => {
  t.is(schema.$schema, 'http://json-schema.org/draft-07/schema#')
  const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/(\w+)"/g)].map(([, name]) => name!)
  t.true(references.length > 10)
  for (const name of references) t.truthy(schema.definitions[name], name)
})

/** Keys without a text that an editor shows. @param at a schema, or part of one */
function unexplained(at: any, path: string): string[] {
  if (Array.isArray(at)) return at.flatMap((one, index) => unexplained(one, `${path}/${index}`))
  if (at === null || typeof at !== 'object') return []
  const { properties = {}, definitions = {}, examples: _, default: __, enum: ___, ...others } = at
  const keys = Object.entries<any>(properties).flatMap(([key, value]) => [
    ...(value !== false && !/\w/.test(value.description ?? '') ? [`${path}/${key}`] : []),
    ...unexplained(value, `${path}/${key}`),
  ])
  const named = Object.entries(definitions).flatMap(([name, value]) => unexplained(value, `#${name}`))
  return [...keys, ...named, ...Object.values(others).flatMap((value) => unexplained(value, path))]
}

test('every key of the file, of its sections and of the configuration has a text that an editor shows', (t) => {
  t.deepEqual(unexplained(schema, ''), [])
  t.deepEqual(unexplained({ anyOf: [{ properties: { a: {}, b: { description: 'b' } } }] }, ''), ['/0/a'])
})

test('every key of the configuration has its meaning, type, limits and default', (t) => {
  const { properties } = schema.definitions.config
  t.deepEqual(Object.keys(properties), Object.keys(CONFIG_KEYS))
  t.deepEqual(properties['topology.workers'], {
    description: CONFIG_KEYS['topology.workers'].doc,
    default: 1,
    anyOf: [{ type: ['integer', 'null'], minimum: 1, maximum: 1024 }, { $ref: '#/definitions/variable' }],
  })
})

test('every key has a text for the reader', (t) => {
  for (const [name, definition] of Object.entries<any>(schema.definitions)) {
    for (const [key, property] of Object.entries<any>(definition.properties ?? {}))
      t.truthy(property.description, `${name}.${key}`)
  }
})

test('the sample topologies that are right fit the schema', (t) => {
  let count = 0
  for (const name of readdirSync(SAMPLES)) {
    const expected = join(SAMPLES, name, 'expected.json')
    // In the sample of substitution stands what no editor takes for YAML.
    if (name === 'substitution' || !existsSync(expected) || 'problems' in JSON.parse(readFileSync(expected, 'utf8')))
      continue
    t.true(isValid(parse(readFileSync(join(SAMPLES, name, 'topology.yaml'), 'utf8'), { merge: true })), name)
    count++
  }
  t.true(count > 10)
})

const RIGHT = {
  name: 'a',
  spouts: [{ id: 's', className: 'x#S' }],
  bolts: [{ id: 'b', className: 'x#B', parallelism: 2 }],
  streams: [{ from: 's', to: 'b', grouping: { type: 'SHUFFLE' } }],
}

function withBolt(more: object) {
  return { ...RIGHT, bolts: [{ id: 'b', className: 'x#B', ...more }] }
}

test('every key of every step and stream of Trident has a text for the reader', (t) => {
  for (const name of ['tridentStream', 'step', 'stateFactory', 'windowStore', 'fileSink']) {
    for (const { title, properties = {} } of schema.definitions[name].anyOf) {
      for (const [key, property] of Object.entries<any>(properties)) t.truthy(property.description, `${title}: ${key}`)
    }
  }
})

test('what is wrong does not fit it', (t) => {
  t.true(isValid(RIGHT))
  t.true(isValid(withBolt({ parallelism: '${n:-2}' })))
  t.true(isValid(withBolt({ config: { 'topology.debug': true, 'my.own': [1] } })))
  for (const wrong of [
    { paralelism: 1 },
    { parallelism: 0 },
    { parallelism: 1.5 },
    { parallelism: 'x' },
    { id: 1 },
    { config: { 'topology.debug': 'x' } },
    { properties: [{}] },
  ]) {
    t.false(isValid(withBolt(wrong)), JSON.stringify(wrong))
  }
  t.false(isValid({ ...RIGHT, stream: [] }))
  t.false(isValid({ ...RIGHT, bolts: [{ id: 'b' }] }))
})

test('grouping types fit in any case', (t) => {
  const grouped = (type: string) => ({ ...RIGHT, streams: [{ from: 's', to: 'b', grouping: { type } }] })
  for (const type of [...GROUPING_NAMES, ...GROUPING_TYPES, 'Local_Or_Shuffle']) t.true(isValid(grouped(type)), type)
  for (const type of ['SHUFFEL', '', 'ALLS']) t.false(isValid(grouped(type)), type)
  t.deepEqual(
    [...GROUPING_TYPES].sort(),
    GROUPING_NAMES.map((name) => name.toLowerCase().replaceAll('_', '-')).sort() as any,
  )
})

test('the components that it offers come with Typhoon', async (t) => {
  const names = ANNEXES.flatMap(({ classes = {} }) => Object.keys(classes))
  t.true(names.length > 20)
  t.deepEqual(schema.definitions.className.examples.slice(0, names.length), names)
  for (const name of names) t.is(typeof (await classNamed(name, 'topology.yaml')), 'function', name)
})

test('no two annexes that come with Typhoon hand over the same name', async (t) => {
  const names = ANNEXES.flatMap(({ classes = {}, sections = {} }) => [
    ...Object.keys(classes),
    ...Object.keys(sections),
  ])
  t.deepEqual(names, [...new Set(names)])
})

/** A stream with one step. */
function withStep(step: unknown, more: object = {}) {
  return { name: 'a', trident: [{ stream: 's', spout: 'DirectorySpout', do: [step], ...more }] }
}

test('steps of Trident fit', (t) => {
  for (const step of [
    'shuffle',
    { partitionBy: ['a'] },
    { each: 'FilterNull', input: ['a'] },
    { each: './a.ts#f', fields: ['b'], parallelism: '${n:-2}' },
    { filter: { Negate: { Debug: 'x' } } },
    { filter: { className: './a.ts#f', constructorArgs: [1] } },
    { filter: { ref: 'a' } },
    { aggregate: { FirstN: [5, 'a'] }, fields: ['a'] },
    { persistentAggregate: 'c', aggregator: 'Count', fields: ['n'], state: { redis: { host: 'h', kind: 'opaque' } } },
    { window: 'w', slidingDuration: ['1m', 500], aggregator: 'Sum', fields: ['n'], store: { memory: { maxRows: 5 } } },
    { partitionPersist: 'p', fileSink: { path: 'a.txt', format: 'text' } },
  ])
    t.true(isValid(withStep(step)), JSON.stringify(step))
})

test('steps of Trident that are wrong do not fit', (t) => {
  for (const step of [
    'shufle',
    { flatmap: './a.ts#f' },
    { map: './a.ts#f', flatMap: './a.ts#f' },
    { map: './a.ts#f', input: ['a'] },
    { each: 'FilterNul' },
    { filter: 'Count' },
    { aggregate: 'Count' },
    { aggregate: { FirtsN: [5] }, fields: ['a'] },
    { persistentAggregate: 'c', aggregator: 'FirstN', fields: ['n'] },
    { persistentAggregate: 'c', aggregator: 'Count', fields: ['n'], state: { redis: { prot: 1 } } },
    { persistentAggregate: 'c', aggregator: 'Count', fields: ['n'], state: 'rediss' },
    { partitionBy: 'a' },
  ])
    t.false(isValid(withStep(step)), JSON.stringify(step))
  t.false(isValid(withStep('shuffle', { drpc: 'f' })))
  t.false(isValid(withStep('shuffle', { paralelism: 1 })))
})

test('the operations of Trident that it offers come with Typhoon', (t) => {
  for (const role of ['filter', 'aggregator', 'accumulator', 'query'] as const) {
    const [{ anyOf }] = schema.definitions[role].anyOf
    t.deepEqual(anyOf[0].enum, [...builtinsFor(role), './module.ts#export'])
  }
})
