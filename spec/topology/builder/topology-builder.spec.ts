import test, { type ExecutionContext } from 'ava'
import { DefinitionError, type Problem, TyphoonError } from '../../../lib/errors/typhoon-error.ts'
import { TopologyBuilder } from '../../../lib/topology/builder/topology-builder.ts'
import { BasicBolt, type Component } from '../../../lib/topology/component/component.ts'
import type { CustomStreamGrouping } from '../../../lib/topology/component/definition.ts'
import { type ConfigMap, resolveConfig } from '../../../lib/topology/config/config.ts'
import { groupingKey, sizeOf } from '../../../lib/topology/topology.ts'
import type { Fields } from '../../../lib/tuple/fields.ts'
import { AnyBolt, brief, CountBolt, SeveralSpout, WordSpout } from '../parts.ts'

function problemsOf(t: ExecutionContext, builder: TopologyBuilder): readonly Problem[] {
  return t.throws(() => builder.createTopology(), { instanceOf: DefinitionError }).problems
}

test('a topology is plain data, beside the factories', (t) => {
  const builder = new TopologyBuilder('word-count', { 'topology.workers': 2 })
  const words = builder.setSpout('words', () => new WordSpout(), 2)
  builder
    .setBolt('count', () => new CountBolt(), 3)
    .fieldsGrouping(words, ['word'])
    .setNumTasks(6)
  const { topology, components } = builder.createTopology()
  t.deepEqual(topology, {
    name: 'word-count',
    config: { 'topology.workers': 2 },
    components: {
      words: {
        kind: 'spout',
        outputs: { default: { fields: ['word'], direct: false } },
        inputs: [],
        parallelism: 2,
        config: {},
      },
      count: {
        kind: 'bolt',
        outputs: { default: { fields: ['word', 'count'], direct: false } },
        inputs: [{ component: 'words', stream: 'default', grouping: { type: 'fields', fields: ['word'] } }],
        parallelism: 3,
        config: { 'topology.tasks': 6 },
      },
    },
  })
  t.deepEqual(JSON.parse(JSON.stringify(topology)), topology)
  t.true(components.get('words')?.() instanceof WordSpout)
  t.not(components.get('count')?.(), components.get('count')?.())
})

test('each grouping of the declarer is the one of its name', (t) => {
  const builder = new TopologyBuilder('groupings')
  const words = builder.setSpout('words', () => new WordSpout())
  const several = builder.setSpout('several', () => new SeveralSpout())
  const custom = (): CustomStreamGrouping => ({ chooseTasks: () => [] })
  const declare = {
    shuffle: builder.setBolt('shuffle', () => new AnyBolt()).shuffleGrouping(words),
    fields: builder.setBolt('fields', () => new AnyBolt()).fieldsGrouping(several, ['count', 'word'], 'counts'),
    'partial-key': builder.setBolt('partial-key', () => new AnyBolt()).partialKeyGrouping(words, ['word']),
    all: builder.setBolt('all', () => new AnyBolt()).allGrouping(words),
    global: builder.setBolt('global', () => new AnyBolt()).globalGrouping(words),
    none: builder.setBolt('none', () => new AnyBolt()).noneGrouping(words),
    direct: builder.setBolt('direct', () => new AnyBolt()).directGrouping(several, 'replies'),
    'local-or-shuffle': builder.setBolt('local-or-shuffle', () => new AnyBolt()).localOrShuffleGrouping(words),
    custom: builder.setBolt('custom', () => new AnyBolt()).customGrouping(words, custom),
  }
  const { topology, groupings } = builder.createTopology()
  for (const type of Object.keys(declare)) t.is(topology.components[type]?.inputs[0]?.grouping.type as string, type)
  t.deepEqual(topology.components['fields']?.inputs, [
    { component: 'several', stream: 'counts', grouping: { type: 'fields', fields: ['count', 'word'] } },
  ])
  t.deepEqual(topology.components['direct']?.inputs, [
    { component: 'several', stream: 'replies', grouping: { type: 'direct' } },
  ])
  t.deepEqual([...groupings], [[groupingKey('custom', 'words', 'default'), custom]])
})

test('streams are declared by name, direct ones as such', (t) => {
  const builder = new TopologyBuilder('several')
  builder.setSpout('several', () => new SeveralSpout())
  t.deepEqual(builder.createTopology().topology.components['several']?.outputs, {
    words: { fields: ['word'], direct: false },
    counts: { fields: ['word', 'count'], direct: false },
    replies: { fields: ['word'], direct: true },
  })
})

test('a component without outputs declares no streams', (t) => {
  const builder = new TopologyBuilder('sum')
  const words = builder.setSpout('words', () => new WordSpout())
  builder.setBolt('sink', () => new AnyBolt()).shuffleGrouping(words)
  t.deepEqual(builder.createTopology().topology.components['sink']?.outputs, {})
})

/** Configures itself, as in Storm's test of component configuration. */
class ConfiguredBolt extends BasicBolt {
  readonly #config: ConfigMap

  constructor(config: ConfigMap) {
    super()
    this.#config = config
  }

  override getComponentConfiguration(): ConfigMap {
    return this.#config
  }

  execute(): void {}
}

test('what the declarer says goes before what the bolt says of itself, and that before the topology', (t) => {
  const builder = new TopologyBuilder('configured', { 'topology.max.spout.pending': 7, 'topology.debug': true })
  const words = builder.setSpout('1', () => new WordSpout())
  const own = { 'fake.config': 123, 'topology.max.task.parallelism': 20, 'topology.max.spout.pending': 30 }
  builder
    .setBolt('2', () => new ConfiguredBolt(own))
    .shuffleGrouping(words)
    .setMaxTaskParallelism(2)
    .addConfiguration('fake.config2', 987)
  const { topology } = builder.createTopology()
  const seen = resolveConfig(topology.config, topology.components['2']?.config)
  t.is(seen['fake.config'], 123)
  t.is(seen['fake.config2'], 987)
  t.is(seen['topology.max.task.parallelism'], 2)
  t.is(seen['topology.max.spout.pending'], 30)
  t.is(seen['topology.debug'], true)
})

test('the tasks of the topology are those of each component that says nothing of its own', (t) => {
  const builder = new TopologyBuilder('tasks', { 'topology.tasks': 3 })
  const source = builder.setSpout('source', () => new WordSpout())
  builder
    .setBolt('bolt', () => new AnyBolt(), 2)
    .shuffleGrouping(source)
    .setNumTasks(5)
  const { topology } = builder.createTopology()
  t.deepEqual(
    Object.values(topology.components).map((spec) => sizeOf(topology, spec).tasks),
    [3, 5],
  )
})

test('lists of all layers of configuration are joined, the stronger ones first, each element once', (t) => {
  const options = 'topology.worker.childopts'
  const layers = [
    ['one', 'three'],
    ['one', 'two'],
    ['two', 'four'],
  ].map((list) => ({ [options]: list }))
  t.deepEqual(resolveConfig(...layers)[options], ['two', 'four', 'one', 'three'])
})

test('the declarer has a method for each common key', (t) => {
  const builder = new TopologyBuilder('methods')
  const words = builder.setSpout('words', () => new WordSpout()).setMaxSpoutPending(5)
  builder
    .setBolt('count', () => new CountBolt())
    .shuffleGrouping(words)
    .setConcurrency(4)
    .addConfigurations({ a: 1, b: 2 })
    .addConfiguration('b', 3)
  const { components } = builder.createTopology().topology
  t.deepEqual(components['words']?.config, { 'topology.max.spout.pending': 5 })
  t.deepEqual(components['count']?.config, { 'topology.bolt.concurrency': 4, a: 1, b: 3 })
})

const PARALLELISM: readonly (readonly [
  string,
  { executors: number; tasks?: number; limit?: number; topologyLimit?: number },
  [number, number],
])[] = [
  ['as many tasks as executors, unless said otherwise', { executors: 3 }, [3, 3]],
  ['more tasks than executors', { executors: 2, tasks: 6 }, [2, 6]],
  ['never more executors than tasks', { executors: 5, tasks: 2 }, [2, 2]],
  ['the limit of the component holds for executors and tasks', { executors: 8, tasks: 6, limit: 4 }, [4, 4]],
  ['the limit of the topology too', { executors: 8, topologyLimit: 3 }, [3, 3]],
  ['the limit of the component goes before that of the topology', { executors: 8, limit: 5, topologyLimit: 3 }, [5, 5]],
  ['a limit above does nothing', { executors: 2, tasks: 4, limit: 10 }, [2, 4]],
]

for (const [title, { executors, tasks, limit, topologyLimit }, expected] of PARALLELISM) {
  test(`executors and tasks: ${title}`, (t) => {
    const config = topologyLimit === undefined ? {} : { 'topology.max.task.parallelism': topologyLimit }
    const builder = new TopologyBuilder('parallelism', config)
    const words = builder.setSpout('words', () => new WordSpout(), executors)
    if (tasks !== undefined) words.setNumTasks(tasks)
    if (limit !== undefined) words.setMaxTaskParallelism(limit)
    const { topology } = builder.createTopology()
    const size = sizeOf(topology, topology.components['words']!)
    t.deepEqual([size.executors, size.tasks], expected)
  })
}

for (const executors of [0, -1, 1.5, Number.NaN]) {
  test(`parallelism ${executors} of a spout and of a bolt is refused`, (t) => {
    const builder = new TopologyBuilder('parallelism')
    const words = builder.setSpout('words', () => new WordSpout(), executors)
    builder.setBolt('count', () => new CountBolt(), executors).shuffleGrouping(words)
    const problems = problemsOf(t, builder)
    t.deepEqual([...new Set(brief(problems))], ['BAD_PARALLELISM words', 'BAD_PARALLELISM count'])
  })
}

test('tasks that are no number are refused', (t) => {
  const builder = new TopologyBuilder('tasks')
  builder.setSpout('words', () => new WordSpout()).addConfiguration('topology.tasks', 'many' as never)
  t.true(brief(problemsOf(t, builder)).includes('BAD_PARALLELISM words'))
})

test('a worker hook that is none is refused at once', (t) => {
  const builder = new TopologyBuilder('hooks')
  for (const hook of [null, undefined, {}]) {
    const error = t.throws(() => builder.addWorkerHook(hook as unknown as () => object), { instanceOf: TyphoonError })
    t.is(error.code, 'NOT_A_COMPONENT')
  }
  const hook = () => ({})
  builder.setSpout('words', () => new WordSpout())
  t.deepEqual(builder.addWorkerHook(hook).createTopology().workerHooks, [hook])
})

test('nothing throws before createTopology, and that throws all that is wrong', (t) => {
  const builder = new TopologyBuilder('a/b', { 'topology.workers': 0 })
  builder.setSpout('words', () => new WordSpout(), 0)
  builder.setSpout('words', () => new WordSpout())
  builder.setBolt('lost', () => new CountBolt())
  builder.setBolt('count', () => new CountBolt()).grouping('wrods', 'default', { type: 'fields', fields: ['word'] })
  builder
    .setBolt('wrong', () => ({ kind: 'bolt' }) as unknown as CountBolt)
    .grouping('words', 'default', { type: 'shuffle' })
  builder
    .setBolt('broken', (): CountBolt => {
      throw new Error('no disk')
    })
    .grouping('words', 'default', { type: 'shuffle' })
  const problems = problemsOf(t, builder)
  t.deepEqual([...new Set(brief(problems))].sort(), [
    'BAD_CONFIG',
    'BAD_NAME',
    'BAD_PARALLELISM words',
    'CONSTRUCTOR_FAILED broken',
    'DUPLICATE_ID words',
    'NOT_A_COMPONENT wrong',
    'NO_INPUT lost',
    'UNKNOWN_COMPONENT count',
  ])
  t.regex(problems.find(({ where }) => where.component === 'broken')!.message, /no disk/)
})

test('subscriptions to an unknown component, stream and field are refused', (t) => {
  for (const [source, stream, field, code] of [
    ['3', 'default', 'word', 'UNKNOWN_COMPONENT'],
    ['1', 'default', 'non-exists-field', 'UNKNOWN_FIELD'],
    ['1', 'non-exists-stream', 'word', 'UNKNOWN_STREAM'],
  ] as const) {
    const builder = new TopologyBuilder('wrong')
    builder.setSpout('1', () => new WordSpout())
    builder.setBolt('2', () => new CountBolt()).grouping(source, stream, { type: 'fields', fields: [field] })
    t.deepEqual(brief(problemsOf(t, builder)), [`${code} 2`])
  }
})

test('a spout is no bolt, and a bolt no spout', (t) => {
  const builder = new TopologyBuilder('swapped')
  builder.setSpout('words', () => new CountBolt() as Component as WordSpout)
  builder
    .setBolt('count', () => new WordSpout() as Component as CountBolt)
    .grouping('words', 'default', { type: 'shuffle' })
  t.true(
    ['NOT_A_COMPONENT words', 'NOT_A_COMPONENT count'].every((problem) =>
      brief(problemsOf(t, builder)).includes(problem),
    ),
  )
})

test('a field that a component declares twice is told with its component', (t) => {
  const builder = new TopologyBuilder('twice')
  builder.setSpout('words', () => {
    const spout = new WordSpout()
    return Object.assign(spout, { outputs: { names: ['a', 'a'] } }) as WordSpout
  })
  t.deepEqual(brief(problemsOf(t, builder)), ['DUPLICATE_FIELD words'])
})

test('an id that every object has is an id like any other, and __proto__ is reserved', (t) => {
  const builder = new TopologyBuilder('ids')
  const words = builder.setSpout('constructor', () => new WordSpout())
  builder.setBolt('toString', () => new CountBolt()).shuffleGrouping(words)
  t.deepEqual(Object.keys(builder.createTopology().topology.components), ['constructor', 'toString'])
  builder.setSpout('__proto__', () => new WordSpout())
  t.deepEqual(brief(problemsOf(t, builder)), ['RESERVED_ID __proto__'])
})

test('a stream that is declared by something else than fields is a problem of its component, with its name', (t) => {
  const declared: readonly [outputs: unknown, stream: string][] = [
    [{ default: ['word'] }, 'default'],
    [['word'], 'default'],
    ['word', 'default'],
    [null, 'default'],
    [{ errors: { direct: true, fields: ['text'] } }, 'errors'],
    [{ errors: null }, 'errors'],
  ]
  for (const [outputs, stream] of declared) {
    const builder = new TopologyBuilder('streams')
    const words = builder.setSpout('words', () => new WordSpout())
    builder.setBolt('b', () => Object.assign(new AnyBolt(), { outputs: outputs as Fields })).shuffleGrouping(words)
    const found = problemsOf(t, builder)
    t.deepEqual(
      found.map(({ code, where }) => [code, where.component, where.stream]),
      [['NO_FIELDS', 'b', stream]],
      JSON.stringify(outputs),
    )
  }
})
