/**
 * A stream as its user sees it: batches go in, rows come out, through the whole compiler and a cluster in simulated
 * time. Each stream under test is a topology of its own, in two workers, so that rows really go from one to the other.
 */
import type { ExecutionContext } from 'ava'
import { LocalDRPC } from '../../../lib/drpc/index.ts'
import {
  type ConfigMap,
  type ErrorCode,
  type Fields,
  fields,
  type Problem,
  type RowData,
  TyphoonError,
  type Where,
} from '../../../lib/index.ts'
import { LocalCluster, type LocalTopology, type SubmitOptions } from '../../../lib/testing/index.ts'
import { FeederBatchSpout, type Stream, TridentTopology, type TridentTuple } from '../../../lib/trident/index.ts'
import { folderOf } from '../../folder.ts'

/** A row that has come out, and in which partition. */
export interface Seen {
  readonly values: readonly any[]
  readonly fields: readonly string[]
  readonly partition: number
}

/**
 * What a topology under test is configured with: two workers, and a state directory that is gone when the test is over.
 */
export function configFor(t: ExecutionContext, more: ConfigMap = {}): ConfigMap {
  const dir = folderOf(t)
  return { 'topology.workers': 2, 'topology.state.dir': dir, 'topology.state.sync': 'none', ...more }
}

/** An empty topology. */
export function topologyFor(t: ExecutionContext, more: ConfigMap = {}): TridentTopology {
  return new TridentTopology('spec', configFor(t, more))
}

/** Notes what comes by. */
export function noting(seen: Seen[]): { prepare(context: { partitionIndex: number }): (tuple: TridentTuple) => void } {
  return {
    prepare: ({ partitionIndex }) => {
      return (tuple) => {
        seen.push({ values: tuple.values, fields: tuple.fields.names, partition: partitionIndex })
      }
    },
  }
}

/** A spout that a test feeds, and the stream of its batches. */
export function fed<Row = any>(
  topology: TridentTopology,
  outputs: Fields<Row>,
  name = 'in',
): { feeder: FeederBatchSpout<Row>; stream: Stream<Row> } {
  const feeder = new FeederBatchSpout<Row>(outputs)
  return { feeder, stream: topology.newStream(name, () => feeder) as Stream<Row> }
}

/** Starts it; it is ended with the test. */
export async function start(
  t: ExecutionContext,
  topology: TridentTopology,
  cluster: LocalCluster = new LocalCluster(),
  options: SubmitOptions = {},
): Promise<LocalTopology> {
  const running = await cluster.submit(topology.build(), options)
  t.teardown(async () => {
    running.drain()
    await running.complete()
  })
  return running
}

/** Feeds a batch and waits until it is committed. */
export async function commit<Row>(
  running: LocalTopology,
  feeder: FeederBatchSpout<Row>,
  rows: readonly RowData<Row>[],
): Promise<void> {
  const batch = feeder.feed(rows)
  await running.waitUntil(() => feeder.pending === 0)
  await batch
}

/** What comes out of a stream for these batches, one list for each of them. */
export async function run<Row, Out>(
  t: ExecutionContext,
  outputs: Fields<Row>,
  batches: readonly (readonly RowData<Row>[])[],
  build: (stream: Stream<Row>, topology: TridentTopology) => Stream<Out>,
): Promise<Seen[][]> {
  const topology = topologyFor(t)
  const { feeder, stream } = fed(topology, outputs)
  const seen: Seen[] = []
  build(stream, topology).peek(noting(seen))
  const running = await start(t, topology)
  const found: Seen[][] = []
  for (const batch of batches) {
    await commit(running, feeder, batch)
    found.push(seen.splice(0))
  }
  t.deepEqual(running.problems, [])
  return found
}

/** Rows for `check`. */
export function rows<Row>(
  names: Fields<Row>,
  ...given: readonly RowData<Row>[]
): { fields: Fields<Row>; rows: RowData<Row>[] } {
  return { fields: names, rows: [...given] }
}

/** What comes out of a stream for these rows as one batch, in any order, is just this. */
export async function check<Row, Out>(
  t: ExecutionContext,
  input: { readonly fields: Fields<Row>; readonly rows: readonly RowData<Row>[] },
  build: (stream: Stream<Row>, topology: TridentTopology) => Stream<Out>,
  expected: readonly (readonly unknown[])[],
): Promise<void> {
  const [seen] = await run(t, input.fields, [input.rows], build)
  t.deepEqual(sorted(seen!.map(({ values }) => values)), sorted(expected))
}

/** Rows in an order that does not depend on how they have come. */
export function sorted(rows: readonly (readonly unknown[])[]): unknown[][] {
  return rows.map((row) => [...row]).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

/** Asks a function, and lets time pass until it has answered. */
export async function ask(
  running: LocalTopology,
  drpc: LocalDRPC,
  functionName: string,
  args: string,
): Promise<unknown> {
  const answer = drpc.execute(functionName, args).then(
    (text) => ({ text }),
    (error: unknown) => ({ error }),
  )
  await running.waitUntil(() => drpc.pending === 0)
  const outcome = await answer
  if ('error' in outcome) throw outcome.error
  return JSON.parse(outcome.text)
}

/** A DRPC server for a test. */
export function drpcFor(t: ExecutionContext): LocalDRPC {
  const drpc = new LocalDRPC()
  t.teardown(() => drpc.shutdown())
  return drpc
}

/** A declaration is refused for one problem: of this code, at this place. */
export function refused(t: ExecutionContext, declare: () => unknown, code: ErrorCode, where: Where = {}): Problem {
  const error = t.throws(declare, { instanceOf: TyphoonError })
  t.deepEqual(
    error.problems.map((problem) => ({ code: problem.code, where: problem.where })),
    [{ code, where }],
    error.message,
  )
  return error.problems[0]!
}

/** Each word of a sentence. */
export function words(name: string): (tuple: TridentTuple) => [string][] {
  return (tuple) =>
    String(tuple.get(name))
      .split(' ')
      .map((word) => [word])
}

export const WORD = fields<{ word: string }>('word')
export const COUNT = fields<{ count: number }>('count')
