/** A topology → the data of its Flux file. */
import test from 'ava'
import { fluxFileOf } from '../../lib/export/storm/flux-file.ts'
import { BasicBolt, type ConfigMap, fields, Spout, string, TopologyBuilder } from '../../lib/index.ts'

class Words extends Spout<{ word: string }> {
  override readonly outputs = fields({ word: string })
  override nextTuple(): void {}
}

class Pass extends BasicBolt {
  override readonly outputs = { default: fields({ word: string }), odd: fields({ word: string, why: string }) }
  override getComponentConfiguration(): ConfigMap {
    return { 'topology.tick.tuple.freq.secs': 5, 'my.key': ['a'] }
  }
  override tick(): void {}
  override execute(): void {}
}

const Sink = class extends BasicBolt {
  override execute(): void {}
}

function builder(config: ConfigMap = {}): TopologyBuilder {
  const made = new TopologyBuilder<any>('words', config)
  made.setSpout('words', () => new Words(), 2).setNumTasks(4)
  return made
}

test('every component becomes a shell component that runs the bundle with its id, with its streams and configuration', (t) => {
  const made = builder()
  made.setBolt('pass', () => new Pass(), 3).grouping('words', 'default', { type: 'shuffle' })
  const { spouts, bolts } = fluxFileOf(made.createTopology().topology, 'all.mjs')
  t.deepEqual(spouts, [
    {
      id: 'words',
      className: 'org.apache.storm.flux.wrappers.spouts.FluxShellSpout',
      constructorArgs: [['node', 'all.mjs', 'words']],
      configMethods: [{ name: 'setNamedStream', args: ['default', ['word']] }],
      parallelism: 2,
      numTasks: 4,
    },
  ])
  t.deepEqual(bolts, [
    {
      id: 'pass',
      className: 'org.apache.storm.flux.wrappers.bolts.FluxShellBolt',
      constructorArgs: [['node', 'all.mjs', 'pass']],
      configMethods: [
        { name: 'setNamedStream', args: ['default', ['word']] },
        { name: 'setNamedStream', args: ['odd', ['word', 'why']] },
        { name: 'addComponentConfig', args: ['topology.tick.tuple.freq.secs', 5] },
        { name: 'addComponentConfig', args: ['my.key', ['a']] },
      ],
      parallelism: 3,
    },
  ])
})

test('each grouping that Flux has a word for is that word; one by partial key is an object of Java', (t) => {
  const made = builder()
  made.setBolt('pass', () => new Pass()).grouping('words', 'default', { type: 'shuffle' })
  made
    .setBolt('sink', () => new Sink())
    .grouping('pass', 'default', { type: 'fields', fields: ['word'] })
    .grouping('words', 'default', { type: 'all' })
    .grouping('pass', 'odd', { type: 'global' })
  made.setBolt('near', () => new Sink()).grouping('pass', 'default', { type: 'local-or-shuffle' })
  made.setBolt('any', () => new Sink()).grouping('pass', 'default', { type: 'none' })
  made.setBolt('part', () => new Sink()).grouping('pass', 'odd', { type: 'partial-key', fields: ['word', 'why'] })
  const { streams, components } = fluxFileOf(made.createTopology().topology, 'all.mjs')
  t.deepEqual(streams, [
    { from: 'words', to: 'pass', grouping: { type: 'SHUFFLE' } },
    { from: 'pass', to: 'sink', grouping: { type: 'FIELDS', args: ['word'] } },
    { from: 'words', to: 'sink', grouping: { type: 'ALL' } },
    { from: 'pass', to: 'sink', grouping: { type: 'GLOBAL', streamId: 'odd' } },
    { from: 'pass', to: 'near', grouping: { type: 'LOCAL_OR_SHUFFLE' } },
    { from: 'pass', to: 'any', grouping: { type: 'NONE' } },
    {
      from: 'pass',
      to: 'part',
      grouping: {
        type: 'CUSTOM',
        customClass: {
          className: 'org.apache.storm.grouping.PartialKeyGrouping',
          constructorArgs: [{ ref: 'pass/odd/part' }],
        },
        streamId: 'odd',
      },
    },
  ])
  t.deepEqual(components, [
    { id: 'pass/odd/part', className: 'org.apache.storm.tuple.Fields', constructorArgs: [['word', 'why']] },
  ])
})

const configs: readonly (readonly [title: string, given: ConfigMap, expected: ConfigMap])[] = [
  [
    'what differs from Storm by default is said, and maps may go from worker to worker',
    {},
    {
      'topology.fall.back.on.java.serialization': true,
      'topology.max.spout.pending': 100_000,
      'topology.disable.loadaware.messaging': true,
    },
  ],
  [
    'what is given goes before all of that',
    {
      'topology.fall.back.on.java.serialization': false,
      'topology.max.spout.pending': 10,
      'topology.disable.loadaware.messaging': false,
    },
    {
      'topology.fall.back.on.java.serialization': false,
      'topology.max.spout.pending': 10,
      'topology.disable.loadaware.messaging': false,
    },
  ],
]

for (const [title, given, expected] of configs)
  test(title, (t) => {
    const made = builder(given)
    made.setBolt('pass', () => new Pass()).grouping('words', 'default', { type: 'shuffle' })
    t.deepEqual(fluxFileOf(made.createTopology().topology, 'all.mjs').config, expected)
  })

test('at most once is a topology without ackers', (t) => {
  const { config } = exported({ 'topology.guarantee': 'at-most-once' })
  t.is(config['topology.acker.executors'], 0)
  t.false('topology.guarantee' in config)
})

test("keys of Storm's, keys that a child reads and keys of users are passed on; what Typhoon's runtime alone reads is not", (t) => {
  const { config } = exported({
    'topology.workers': 3,
    'topology.message.timeout.secs': 60,
    'topology.replay.max.attempts': 7,
    'my.key': { nested: [1] },
    'topology.state.dir': 'kept',
    'topology.nimbus.port': 6627,
    'topology.debug': null,
  })
  t.deepEqual(Object.keys(config).sort(), [
    'my.key',
    'topology.disable.loadaware.messaging',
    'topology.fall.back.on.java.serialization',
    'topology.max.spout.pending',
    'topology.message.timeout.secs',
    'topology.replay.max.attempts',
    'topology.workers',
  ])
})

test("options of the workers' Node.js are options of each child's", (t) => {
  const { spouts } = exported({ 'topology.worker.childopts': ['--max-old-space-size=64'] })
  t.deepEqual(spouts[0]!.constructorArgs, [['node', '--max-old-space-size=64', 'all.mjs', 'words']])
})

function exported(config: ConfigMap) {
  const made = builder(config)
  made.setBolt('sink', () => new Sink()).grouping('words', 'default', { type: 'shuffle' })
  return fluxFileOf(made.createTopology().topology, 'all.mjs')
}
