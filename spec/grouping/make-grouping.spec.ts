import test from 'ava'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import type { LoadView } from '../../lib/grouping/grouping.ts'
import { LoadAwareShuffleGrouping } from '../../lib/grouping/load-aware-shuffle.ts'
import { makeGrouping } from '../../lib/grouping/make-grouping.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { GROUPING_TYPES, type GroupingSpec } from '../../lib/topology/topology.ts'
import { countsOf, portsOf, range } from './ports.ts'

const loadAware = resolveConfig({ 'topology.disable.loadaware.messaging': false })

test('every grouping that a topology can name can be made', (t) => {
  for (const type of GROUPING_TYPES) {
    const grouping = makeGrouping({ type, fields: ['word'] }, portsOf([1, 2], { custom: { chooseTasks: () => [1] } }))
    t.true(Array.isArray(grouping.choose(['a', 1])), type)
  }
})

test('no grouping is aware of loads unless that is asked for', (t) => {
  for (const type of GROUPING_TYPES) {
    const grouping = makeGrouping({ type, fields: ['word'] }, portsOf([1, 2], { custom: { chooseTasks: () => [1] } }))
    t.is(grouping.refresh, undefined, type)
  }
})

test('with load-aware messaging shuffle and local-or-shuffle are aware of loads, and no others', (t) => {
  const aware = GROUPING_TYPES.filter((type) => {
    const ports = portsOf([1, 2], { config: loadAware, custom: { chooseTasks: () => [1] } })
    return makeGrouping({ type, fields: ['word'] }, ports) instanceof LoadAwareShuffleGrouping
  })
  t.deepEqual(aware, ['shuffle', 'local-or-shuffle'])
})

test('with load-aware messaging local-or-shuffle still never leaves the own worker', (t) => {
  const grouping = makeGrouping(
    { type: 'local-or-shuffle' },
    portsOf(range(1, 4), { localTargets: [2, 4], config: loadAware }),
  )
  const full: LoadView = { loadOf: () => 1, scopeOf: (task) => (task % 2 === 0 ? 'worker' : 'everything') }
  for (let i = 0; i < 5; i++) grouping.refresh?.(full)
  t.deepEqual([...countsOf(grouping, 1000).keys()].sort(), [2, 4])
})

test('the bounds of the load come from the configuration', (t) => {
  const config = resolveConfig({
    'topology.disable.loadaware.messaging': false,
    'topology.localityaware.higher.bound': 0.3,
    'topology.localityaware.lower.bound': 0.1,
  })
  const grouping = makeGrouping(
    { type: 'shuffle' },
    portsOf([1, 2], { localTargets: [1], config }),
  ) as LoadAwareShuffleGrouping
  const loads = (load: number): LoadView => ({
    loadOf: () => load,
    scopeOf: (task) => (task === 1 ? 'worker' : 'host'),
  })
  grouping.refresh(loads(0.31))
  t.is(grouping.scope, 'host')
  grouping.refresh(loads(0.1))
  t.is(grouping.scope, 'host')
  grouping.refresh(loads(0.09))
  t.is(grouping.scope, 'worker')
})

test('a grouping that does not exist is an error with the nearest one that does', (t) => {
  for (const type of ['shufle', 'constructor', 'toString']) {
    const error = t.throws(() => makeGrouping({ type } as unknown as GroupingSpec, portsOf([1])), {
      instanceOf: TyphoonError,
    })
    t.is(error.code, 'UNKNOWN_GROUPING')
    if (type === 'shufle') t.is(error.hint, 'did you mean "shuffle"?')
  }
})

test('a custom grouping that is named and not given is an error', (t) => {
  const error = t.throws(() => makeGrouping({ type: 'custom' }, portsOf([1])), { instanceOf: TyphoonError })
  t.is(error.code, 'UNKNOWN_GROUPING')
})
