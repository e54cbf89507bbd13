/**
 * Where an operation stands that emits what does not fit its fields, or answers later: in the error, though no stack
 * shows it.
 */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { fields, type TopologyDefinition } from '../../../lib/index.ts'
import { loadTopology } from '../../../lib/run/with-annexes.ts'
import { LocalCluster } from '../../../lib/testing/index.ts'
import {
  FixedBatchSpout,
  memoryMap,
  memoryWindows,
  type Stream,
  TridentTopology,
  tumblingCount,
} from '../../../lib/trident/index.ts'
import { folderOf } from '../../folder.ts'
import { configFor } from './kit.ts'

type Build = (stream: Stream<any>, topology: TridentTopology) => unknown

const two: any = () => [1, 2]
const later: any = async () => [1]
const init = () => 0
const emitsTwo: any = { init, aggregate: () => {}, complete: (_: any, collector: any) => emit(collector) }
const isLater: any = { init, aggregate: async () => {}, complete: () => {} }
const laterReducer: any = { init, reduce: async () => 1 }
const kept = memoryMap<any>()
const laterQuery: any = { batchRetrieve: (_: any, tuples: any[]) => tuples, execute: async () => {} }

/** A line of its own, as the user's is. */
function emit(collector: any): void {
  collector.emit([1, 2]) // emits
}

/** Each stands in one line, which its name marks. */
const WRONG: Readonly<Record<string, Build>> = {
  a_map: (stream) => stream.map(two, fields('a_map')),
  a_flatMap: (stream) => stream.flatMap(() => [[1, 2]] as any, fields('a_flatMap')),
  a_row_that_says_less: (stream) => stream.map(() => ({ b: 1 }) as any, fields('a_row_that_says_less')),
  behind_an_emit: (stream) =>
    stream.each(['word'], (_, c) => c.emit([1]), fields('n')).map(two, fields('behind_an_emit')),
  in_a_later_task: (stream) => stream.shuffle().map(two, fields('in_a_later_task')),
}

const EMITS: Readonly<Record<string, Build>> = {
  an_each: (stream) => stream.each(['word'], (_, collector) => emit(collector), fields('an_each')),
  an_aggregator: (stream) => stream.aggregate(['word'], emitsTwo, fields('an_aggregator')),
  grouped: (stream) => stream.groupBy(['word']).aggregate(['word'], emitsTwo, fields('grouped')),
  a_window: (stream) => stream.window('w', tumblingCount(1), ['word'], emitsTwo, fields('a_window'), memoryWindows()),
  an_updater: (stream) =>
    stream.partitionPersist('p', memoryMap(), ['word'], (_s, _t, c) => emit(c), fields('an_updater')),
}

const LATER: Readonly<Record<string, Build>> = {
  later_map: (stream) => stream.map(later, fields('later_map')),
  later_filter: (stream) => stream.filter(['word'], later).map(two, fields('later_filter')),
  later_each: (stream) => stream.each(['word'], later, fields('later_each')),
  later_peek: (stream) => stream.peek(later).map(two, fields('later_peek')),
  later_aggregator: (stream) => stream.aggregate(['word'], isLater, fields('later_aggregator')),
  later_window: (stream) =>
    stream.window('l', tumblingCount(1), ['word'], isLater, fields('later_window'), memoryWindows()),
  later_reducer: (stream) =>
    stream.persistentAggregate('r', memoryMap(), ['word'], laterReducer, fields('later_reducer')),
  later_group: (s) => s.groupBy(['word']).persistentAggregate('g', kept, ['word'], laterReducer, fields('later_group')),
  later_query: (stream, topology) =>
    stream.stateQuery(topology.newStaticState('s', memoryMap()), ['word'], laterQuery, fields('later_query')),
}

function lineOf(mark: string): number {
  const lines = readFileSync(import.meta.filename, 'utf8').split('\n')
  return lines.findIndex((line) => line.includes(mark)) + 1
}

async function firstProblem(t: ExecutionContext, definition: TopologyDefinition) {
  const running = await new LocalCluster({ seed: 1 }).submit(definition)
  const report = await running.complete()
  t.is(report.problem?.code, 'BATCH_FAILED')
  return { problem: running.problems[0]!, report }
}

function topologyWith(t: ExecutionContext, build: Build): TopologyDefinition {
  const topology = new TridentTopology('places', configFor(t))
  build(
    topology.newStream('in', () => new FixedBatchSpout(fields<{ word: string }>('word'), 1, ['a'])),
    topology,
  )
  return topology.build()
}

for (const [code, kinds] of [
  ['WRONG_VALUES', WRONG],
  ['ASYNC_OPERATION', LATER],
] as const)
  for (const [name, build] of Object.entries(kinds))
    test(`${code} names the call that has declared the operation: ${name}`, async (t) => {
      const { problem, report } = await firstProblem(t, topologyWith(t, build))
      t.is(problem.code, code)
      t.is(problem.where.file, import.meta.filename)
      t.is(problem.where.line, lineOf(`  ${name}:`))
      t.true(report.problem!.message.includes(`(${basename(import.meta.filename)}:${problem.where.line})`))
    })

for (const [name, build] of Object.entries(EMITS))
  test(`WRONG_VALUES names the line that emits, and in its message the call that has declared the operation: ${name}`, async (t) => {
    const { problem } = await firstProblem(t, topologyWith(t, build))
    t.is(problem.code, 'WRONG_VALUES')
    t.is(problem.where.line, lineOf('// emits'))
    t.true(problem.message.includes(`(${basename(import.meta.filename)}:${lineOf(`  ${name}:`)})`))
  })

test('of a topology in YAML they name the line of its file', async (t) => {
  const folder = folderOf(t, {
    'wrong.mjs': 'export const two = () => [1, 2]\nexport const later = async () => true\n',
    'topology.yaml': `name: wrong
trident:
  - stream: in
    spout: { className: FixedBatchSpout, constructorArgs: [[word], 1, [a]] }
    do:
      - filter: FilterNull
        input: [word]
      - map: ./wrong.mjs#\${step}
        fields: [n]
`,
  })
  const file = join(folder, 'topology.yaml')
  for (const [step, code] of [
    ['two', 'WRONG_VALUES'],
    ['later', 'ASYNC_OPERATION'],
  ] as const) {
    const { definition } = await loadTopology(file, { variables: { step }, config: configFor(t) })
    const { problem } = await firstProblem(t, definition)
    t.is(problem.code, code)
    t.is(problem.where.file, file)
    t.is(problem.where.line, 8)
  }
})
