import test from 'ava'
import { promisesOf } from '../../lib/scheduler/promises.ts'
import type { Ability } from '../../lib/topology/ability.ts'
import type { Topology } from '../../lib/topology/topology.ts'
import { bolt, spout, topologyOf } from '../command/parts.ts'

const GUARANTEES = ['at-most-once', 'at-least-once', 'exactly-once']

/** One source, one sink, and a bolt between them. */
function pipeline(guarantee: string): Topology {
  const components = {
    source: spout('n'),
    middle: bolt({ source: { type: 'shuffle' } }, ['n']),
    sink: bolt({ middle: { type: 'shuffle' } }),
  }
  return topologyOf(components, { 'topology.guarantee': guarantee })
}

const promise = (source: Ability, sink: Ability): string[] =>
  GUARANTEES.map((guarantee) => {
    const abilities: Readonly<Record<string, Ability>> = { source, middle: 'plain', sink }
    const { paths } = promisesOf(pipeline(guarantee), (id) => abilities[id]!)
    return paths.map(({ from, to, promise }) => `${from} → ${to}: ${promise}`).join()
  }).map((path) => path.replace('source → sink: ', ''))

for (const [source, sink, expected] of [
  ['replayable', 'transactional', ['at most once', 'at least once', 'exactly once']],
  ['replayable', 'plain', ['at most once', 'at least once', 'at least once']],
  ['told', 'transactional', ['at most once', 'at least once', 'at least once']],
  ['told', 'plain', ['at most once', 'at least once', 'at least once']],
  ['once', 'transactional', ['at most once', 'no promise', 'at most once']],
  ['once', 'plain', ['at most once', 'no promise', 'no promise']],
  ['forgetful', 'transactional', ['at most once', 'at most once', 'at most once']],
  ['forgetful', 'plain', ['at most once', 'at most once', 'no promise']],
] as const) {
  test(`from a ${source} source to a ${sink} sink: ${expected.join(', ')}`, (t) => {
    t.deepEqual(promise(source, sink), [...expected])
  })
}

test('without ackers nothing is tracked', (t) => {
  const topology = pipeline('at-least-once')
  const config = { ...topology.config, 'topology.acker.executors': 0 }
  const { paths } = promisesOf({ ...topology, config }, () => 'plain')
  t.deepEqual(
    paths.map(({ promise }) => promise),
    ['at most once'],
  )
})

test('each way has its own promise, and a bolt that of its weakest source', (t) => {
  const components = {
    good: spout('n'),
    bad: spout('n'),
    joined: bolt({ good: { type: 'shuffle' }, bad: { type: 'shuffle' } }, ['n']),
    alone: bolt({ good: { type: 'shuffle' } }),
    sink: bolt({ joined: { type: 'global' } }),
  }
  const abilities: Readonly<Record<string, Ability>> = {
    good: 'replayable',
    bad: 'told',
    alone: 'transactional',
    sink: 'transactional',
  }
  const topology = topologyOf(components, { 'topology.guarantee': 'exactly-once' })
  const promises = promisesOf(topology, (id) => abilities[id] ?? 'plain')
  t.deepEqual(Object.fromEntries(promises.paths.map(({ from, to, promise }) => [`${from} → ${to}`, promise])), {
    'good → alone': 'exactly once',
    'good → sink': 'exactly once',
    'bad → sink': 'at least once',
  })
  t.deepEqual(Object.fromEntries(promises.components.map(({ component, promise }) => [component, promise])), {
    good: 'exactly once',
    bad: 'at least once',
    joined: 'at least once',
    alone: 'exactly once',
    sink: 'at least once',
  })
  for (const { why } of [...promises.paths, ...promises.components]) t.regex(why, /"(good|bad)"/)
})

test('what comes by a bolt that emits late may come twice', (t) => {
  const topology = pipeline('exactly-once')
  const promise = (source: Ability, sink: Ability): string => {
    const abilities: Readonly<Record<string, Ability>> = { source, middle: 'late', sink }
    const { paths } = promisesOf(topology, (id) => abilities[id]!)
    t.regex(paths[0]!.why, /"middle" emits/)
    return paths[0]!.promise
  }
  t.is(promise('replayable', 'transactional'), 'at least once')
  t.is(promise('told', 'transactional'), 'at least once')
  t.is(promise('forgetful', 'transactional'), 'no promise')
})

test('a way round a loop is a way, and a bolt in the middle that writes with the snapshots is a sink', (t) => {
  const components = {
    source: spout('n'),
    check: bolt({ source: { type: 'shuffle' }, again: { type: 'shuffle' } }, ['n']),
    again: bolt({ check: { type: 'shuffle' } }, ['n']),
  }
  const topology = topologyOf(components, { 'topology.guarantee': 'exactly-once' })
  const abilities: Readonly<Record<string, Ability>> = { source: 'replayable', again: 'transactional' }
  const { paths } = promisesOf(topology, (id) => abilities[id] ?? 'plain')
  t.deepEqual(
    paths.map(({ from, to, promise }) => [from, to, promise]),
    [['source', 'again', 'exactly once']],
  )
})
