import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import {
  type KeyValueState,
  StatefulBolt,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'

/** Sums what it gets, in a field until a snapshot is taken, and in its state from then on. */
class Sum extends StatefulBolt<{ n: number }, any, string, number> {
  readonly #calls: string[]
  #state!: KeyValueState<string, number>
  #sum = 0

  constructor(calls: string[]) {
    super()
    this.#calls = calls
  }

  override prepare(_context: TaskContext): void {
    this.#calls.push('prepare')
  }

  override initState(state: KeyValueState<string, number>): void {
    this.#calls.push(`initState ${state.get('sum', -1)}`)
    this.#state = state
  }

  override execute(tuple: Tuple<{ n: number }>): void {
    if (this.#calls.at(-1) !== 'execute') this.#calls.push('execute')
    this.#sum += tuple.get('n')
  }

  override prePrepare(): void {
    this.#calls.push('prePrepare')
    this.#state.put('sum', this.#state.get('sum', 0) + this.#sum)
    this.#sum = 0
  }

  override preCommit(): void {
    this.#calls.push('preCommit')
  }
}

function sums(calls: string[], guarantee: 'exactly-once' | 'at-least-once'): TopologyDefinition {
  const builder = new TopologyBuilder('sums', { 'topology.guarantee': guarantee })
  builder.setSpout('numbers', () => new SequenceSpout(10))
  builder.setBolt('sum', () => new Sum(calls)).grouping('numbers', 'default', { type: 'global' })
  return builder.createTopology()
}

test('a stateful bolt has its state before the first tuple, and a word at each snapshot', async (t) => {
  const calls: string[] = []
  const snapshots = new MemorySnapshots()
  const topology = await new LocalCluster().submit(sums(calls, 'exactly-once'), { snapshots })
  t.is((await topology.complete()).status, 'completed')
  t.deepEqual(calls.slice(0, 2), ['prepare', 'initState -1'])
  t.true(calls.indexOf('execute') > 1)
  t.true(calls.lastIndexOf('prePrepare') > calls.lastIndexOf('execute'))
  t.is(calls.at(-1), 'preCommit')

  const again: string[] = []
  await (await new LocalCluster().submit(sums(again, 'exactly-once'), { snapshots })).complete()
  t.deepEqual(again.slice(0, 2), ['prepare', 'initState 45'])
})

test('in the other guarantees its state lives as long as its task', async (t) => {
  const calls: string[] = []
  const topology = await new LocalCluster().submit(sums(calls, 'at-least-once'))
  t.is((await topology.complete()).status, 'completed')
  t.deepEqual(calls, ['prepare', 'initState -1', 'execute'])
})
