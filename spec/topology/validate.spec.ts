import test from 'ava'
import { worded } from '../../lib/errors/typhoon-error.ts'
import type { ConfigMap } from '../../lib/topology/config/config.ts'
import type { GroupingSpec, Topology } from '../../lib/topology/topology.ts'
import { validateTopology } from '../../lib/topology/validate.ts'
import { bolt, brief, spout, stream, topologyOf } from './parts.ts'

/** One topology → the problems with their components, and the hint of the first. */
function check(title: string, topology: Topology, expected: readonly string[], hint?: string): void {
  test(title, (t) => {
    const problems = validateTopology(topology).map((finding) => worded('code', finding))
    t.deepEqual(brief(problems), expected)
    if (hint !== undefined) t.is(problems[0]?.hint, hint)
  })
}

const byField = (...names: string[]): GroupingSpec => ({ type: 'fields', fields: names })

check(
  'a spout and a bolt that subscribes to it are a topology',
  topologyOf({ words: spout(), count: bolt('words', byField('word')) }),
  [],
)
check('a spout alone is a topology', topologyOf({ words: spout() }), [])
check(
  'a bolt may subscribe to itself',
  topologyOf({
    words: spout(),
    loop: bolt(
      'words',
      { type: 'shuffle' },
      {
        outputs: { again: stream('x') },
        inputs: [
          { component: 'words', stream: 'default', grouping: { type: 'shuffle' } },
          { component: 'loop', stream: 'again', grouping: byField('x') },
        ],
      },
    ),
  }),
  [],
)

// ── Storm's tests of a wrong structure ──
check(
  'a subscription to a component that does not exist',
  topologyOf({ '1': spout(), '2': bolt('3', byField('word')) }),
  ['UNKNOWN_COMPONENT 2'],
)
check(
  'fields grouping on a field that the source does not declare',
  topologyOf({ '1': spout(), '2': bolt('1', byField('non-exists-field')) }),
  ['UNKNOWN_FIELD 2'],
  'known: word',
)
check(
  'a subscription to a stream that the component does not declare',
  topologyOf({
    '1': spout(),
    '2': bolt('1', undefined, { inputs: [{ component: '1', stream: 'non-exists-stream', grouping: byField('word') }] }),
  }),
  ['UNKNOWN_STREAM 2'],
  'known: default',
)

// ── names ──
for (const name of ['', ' a', 'a/b', 'a.b', 'a:b', 'a\\b', '__mine']) {
  check(`"${name}" is not a name for a topology`, topologyOf({ words: spout() }, { name }), ['BAD_NAME'])
}
for (const name of ['a', 'word count', 'word-count_2', 'Zählung']) {
  check(`"${name}" is a name for a topology`, topologyOf({ words: spout() }, { name }), [])
}
check('ids of the runtime are refused for components', topologyOf({ __acker: spout(), words: spout() }), [
  'RESERVED_ID __acker',
])
check('an empty id is refused', topologyOf({ '': spout() }), ['RESERVED_ID '])
check(
  'ids of the runtime are refused for streams',
  topologyOf({ words: spout({ outputs: { __tick: stream('a'), '': stream() } }) }),
  ['RESERVED_ID words', 'RESERVED_ID words'],
)

// ── shape ──
check(
  'without a spout nothing would ever happen',
  topologyOf({ loop: bolt('loop', undefined, { outputs: { default: stream() } }) }),
  ['NO_SPOUT'],
)
check('an empty topology has no spout', topologyOf({}), ['NO_SPOUT'])
check(
  'a bolt without input would never run',
  topologyOf({ words: spout(), lost: bolt('words', undefined, { inputs: [] }) }),
  ['NO_INPUT lost'],
  'subscribe it to one of: words; or set topology.tick.tuple.freq.secs for a bolt that is driven by ticks alone',
)
const TICKS = { 'topology.tick.tuple.freq.secs': 5 }
const driven = (config: ConfigMap) => ({ words: spout(), driven: bolt('words', undefined, { inputs: [], config }) })
check('a bolt that gets ticks needs no other input', topologyOf(driven(TICKS)), [])
check('nor where the whole topology has ticks', { ...topologyOf(driven({})), config: TICKS }, [])
check(
  'but where it has none itself',
  { ...topologyOf(driven({ 'topology.tick.tuple.freq.secs': null })), config: TICKS },
  ['NO_INPUT driven'],
  'subscribe it to one of: words; or set topology.tick.tuple.freq.secs for a bolt that is driven by ticks alone',
)
check('a spout takes no input', topologyOf({ words: spout(), more: spout({ inputs: bolt('words').inputs }) }), [
  'SPOUT_WITH_INPUT more',
])
check(
  'a field that a stream declares twice',
  topologyOf({ words: spout({ outputs: { default: stream('a', 'b', 'a') } }) }),
  ['DUPLICATE_FIELD words'],
)
check(
  'two subscriptions to the same stream',
  topologyOf({
    words: spout(),
    count: bolt('words', undefined, { inputs: [...bolt('words').inputs, ...bolt('words', byField('word')).inputs] }),
  }),
  ['DUPLICATE_ID count'],
)

for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
  check(`parallelism ${value} is refused`, topologyOf({ words: spout({ parallelism: value }) }), [
    'BAD_PARALLELISM words',
  ])
}
for (const value of [0, -1, 0.5, Number.NaN]) {
  check(`${value} tasks are refused`, topologyOf({ words: spout({ config: { 'topology.tasks': value } }) }), [
    'BAD_CONFIG words',
    'BAD_PARALLELISM words',
  ])
}
check(
  'more tasks than a task id can tell',
  topologyOf({ words: spout(), more: spout() }, { config: { 'topology.tasks': 65_536 } }),
  ['BAD_PARALLELISM'],
)

// ── groupings ──
check(
  'a grouping that does not exist',
  topologyOf({ words: spout(), count: bolt('words', { type: 'shufle' } as unknown as GroupingSpec) }),
  ['UNKNOWN_GROUPING count'],
  'did you mean "shuffle"?',
)
check(
  'direct grouping of a stream that is not direct',
  topologyOf({ words: spout(), count: bolt('words', { type: 'direct' }) }),
  ['DIRECT_GROUPING count'],
)
check(
  'another grouping of a direct stream',
  topologyOf({ words: spout({ outputs: { default: { fields: ['word'], direct: true } } }), count: bolt('words') }),
  ['DIRECT_GROUPING count'],
)
check(
  'direct grouping of a direct stream',
  topologyOf({
    words: spout({ outputs: { default: { fields: ['word'], direct: true } } }),
    count: bolt('words', { type: 'direct' }),
  }),
  [],
)
for (const type of ['fields', 'partial-key'] as const) {
  check(`${type} grouping by no field`, topologyOf({ words: spout(), count: bolt('words', { type, fields: [] }) }), [
    'UNKNOWN_FIELD count',
  ])
  check(
    `${type} grouping by one field that there is and two that there are not`,
    topologyOf({ words: spout(), count: bolt('words', { type, fields: ['word', 'wrod', 'x'] }) }),
    ['UNKNOWN_FIELD count', 'UNKNOWN_FIELD count'],
    'did you mean "word"?',
  )
}

// ── all at once ──
check(
  'all problems are found in one go, in the order of the components, with near names as hints',
  topologyOf(
    {
      words: spout({ parallelism: 0, config: { 'topology.tasks': 'two' as never } }),
      split: bolt('wrods'),
      count: bolt('words', byField('worb')),
    },
    { name: '', config: { 'topology.workers': 0 } },
  ),
  [
    'BAD_NAME',
    'BAD_CONFIG',
    'BAD_CONFIG words',
    'BAD_PARALLELISM words',
    'UNKNOWN_COMPONENT split',
    'UNKNOWN_FIELD count',
  ],
)

test('a problem says who, where, and what was probably meant', (t) => {
  const [problem, ...others] = validateTopology(topologyOf({ words: spout(), count: bolt('wrods', byField('word')) }))
  t.like(problem, {
    code: 'UNKNOWN_COMPONENT',
    where: { component: 'count', stream: 'default', from: 'wrods' },
    hint: 'did you mean "words"?',
  })
  t.deepEqual(others, [])
})

/** A topology whose bolt has one subscription, to anything. */
function subscribing(component: string, streamId: string, type: string): Topology {
  const inputs = [{ component, stream: streamId, grouping: { type } as unknown as GroupingSpec }]
  return topologyOf({ words: spout(), count: bolt('words', undefined, { inputs }) })
}

for (const name of ['constructor', 'toString', '__proto__']) {
  check(`${name} is an unknown component`, subscribing(name, 'default', 'shuffle'), ['UNKNOWN_COMPONENT count'])
  check(`${name} is an unknown stream`, subscribing('words', name, 'shuffle'), ['UNKNOWN_STREAM count'])
  check(`${name} is an unknown grouping`, subscribing('words', 'default', name), ['UNKNOWN_GROUPING count'])
}
