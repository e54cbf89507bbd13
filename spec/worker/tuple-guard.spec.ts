/** What may come from another worker: what its sender may send to this task, and nothing else. */
import test from 'ava'
import { planTopology, tasksOf, workerIds } from '../../lib/scheduler/plan.ts'
import type { Topology } from '../../lib/topology/topology.ts'
import { fields } from '../../lib/tuple/fields.ts'
import { rootHighOf } from '../../lib/tuple/ids.ts'
import { ACKER_COMPONENT } from '../../lib/tuple/system-ids.ts'
import { SYSTEM_SOURCES } from '../../lib/tuple/system-sources.ts'
import { Tuple, type TupleSource } from '../../lib/tuple/tuple.ts'
import { TupleGuard } from '../../lib/worker/links/tuple-guard.ts'

const TOPOLOGY: Topology = {
  name: 'words',
  config: { 'topology.workers': 2 },
  components: {
    words: {
      kind: 'spout',
      outputs: { default: { fields: ['word'], direct: false } },
      inputs: [],
      parallelism: 1,
      config: {},
    },
    count: {
      kind: 'bolt',
      outputs: { default: { fields: ['word', 'count'], direct: false } },
      inputs: [{ component: 'words', stream: 'default', grouping: { type: 'shuffle' } }],
      parallelism: 1,
      config: {},
    },
    print: {
      kind: 'bolt',
      outputs: {},
      inputs: [{ component: 'count', stream: 'default', grouping: { type: 'shuffle' } }],
      parallelism: 1,
      config: {},
    },
  },
}
const plan = planTopology(TOPOLOGY)
/** What comes in at the worker in which a task lives; those that live nowhere, in the first one. */
const guards = workerIds(plan).map((worker) => new TupleGuard(plan, worker))
const guard = {
  check: (target: number, one: Tuple): void => guards[(plan.tasks[target - 1]?.worker ?? 1) - 1]!.check(target, one),
}
const [words, count, print] = ['words', 'count', 'print'].map((id) => tasksOf(plan, id)[0]!) as [number, number, number]
const ROOT = rootHighOf(words, 1)
/** The one that looks after the roots of `words`. */
const ackers = tasksOf(plan, ACKER_COMPONENT)
const acker = ackers.find((task) => plan.tasks[task - 1]!.worker === plan.tasks[words - 1]!.worker)!
const otherAcker = ackers.find((task) => task !== acker)!

function tuple(source: TupleSource, values: readonly unknown[], rootHigh = 0, more?: readonly number[]): Tuple {
  const trees = more?.map((high) => ({ rootHigh: high, rootLow: 1, high: 1, low: 1, trace: 0 }))
  return new Tuple(values, source, rootHigh, 1, 1, 1, 0, trees)
}

function sourceOf(task: number, stream = 'default'): TupleSource {
  const { component } = plan.tasks[task - 1]!
  const { outputs } = plan.topology.components[component]!
  const streamIndex = Object.keys(outputs).indexOf(stream)
  return { component, task, stream, fields: fields(...outputs[stream]!.fields), streamIndex }
}

const system = (stream: string): TupleSource => SYSTEM_SOURCES.find((source) => source.stream === stream)!
const rows = (...cells: number[]): Int32Array => Int32Array.from(cells)

const SOUND: readonly (readonly [string, number, Tuple])[] = [
  ['a tuple for who subscribes', count, tuple(sourceOf(words), ['a'])],
  ['a tracked one', count, tuple(sourceOf(words), ['a'], ROOT)],
  ['one in several trees', print, tuple(sourceOf(count), ['a', 1], ROOT, [ROOT, rootHighOf(words, 7)])],
  ['new roots', acker, tuple(system('__ack_init'), [rows(ROOT, 1, 2, 3, 0)])],
  ['acks', acker, tuple(system('__ack_ack'), [rows(ROOT, 1, 2, 3, 0, ROOT, 2, 2, 3, 0)])],
  ['a fail', acker, tuple(system('__ack_fail'), [ROOT, 1, { kind: 'explicit', component: 'count', task: count }])],
  ['roots that live', acker, tuple(system('__ack_reset_timeout'), [rows(ROOT, 1)])],
  ['roots over their time', acker, tuple(system('__ack_timeout'), [rows(ROOT, 1, ROOT, 2), 1000])],
  ['roots that are given up', acker, tuple(system('__ack_timeout'), [rows(), null])],
  ['verdicts', words, tuple(sourceOf(acker, '__ack_ack'), [rows(ROOT, 1)])],
  ['a note for the spout of its tree', words, tuple(system('__note'), [{ rows: 3 }], ROOT)],
  ['a failure', words, tuple(sourceOf(acker, '__ack_fail'), [ROOT, 1, { kind: 'timeout', waitingFor: ['count'] }])],
]

for (const [what, target, one] of SOUND) {
  test(`let in: ${what}`, (t) => {
    t.notThrows(() => guard.check(target, one))
  })
}

const WRONG: readonly (readonly [string, number, Tuple])[] = [
  ['a tuple for who does not subscribe', print, tuple(sourceOf(words), ['a'])],
  ['a tuple for a spout', words, tuple(sourceOf(count), ['a', 1])],
  ['a tuple for a task that there is not', 77, tuple(sourceOf(words), ['a'])],
  ['a tuple for the system', -1, tuple(sourceOf(words), ['a'])],
  ['a note for a bolt', count, tuple(system('__note'), [1], ROOT)],
  ['a note for an acker', acker, tuple(system('__note'), [1], ROOT)],
  ['a note in no tree', words, tuple(system('__note'), [1])],
  ['a note in the tree of another task', words, tuple(system('__note'), [1], rootHighOf(count, 1))],
  ['a note in several trees', words, tuple(system('__note'), [1], ROOT, [ROOT])],
  ['a value too few', print, tuple(sourceOf(count), ['a'])],
  ['a value too many', count, tuple(sourceOf(words), ['a', 1])],
  ['an anchor of a task that is no spout', count, tuple(sourceOf(words), ['a'], rootHighOf(count, 1))],
  ['an anchor of a task that there is not', count, tuple(sourceOf(words), ['a'], rootHighOf(77, 1))],
  ['such an anchor behind a good one', count, tuple(sourceOf(words), ['a'], ROOT, [ROOT, 0x7fffffff])],
  ['acks without a list', acker, tuple(system('__ack_ack'), [undefined])],
  ['acks in an object with a giant length', acker, tuple(system('__ack_ack'), [{ length: 1e15 }])],
  ['acks in a list of another kind', acker, tuple(system('__ack_ack'), [[ROOT, 1, 2, 3, 0]])],
  ['half a row', acker, tuple(system('__ack_init'), [rows(ROOT, 1, 2)])],
  ['a row of a root of nobody', acker, tuple(system('__ack_init'), [rows(ROOT, 1, 2, 3, 0, 77, 1, 2, 3, 0)])],
  ['a row for another acker', otherAcker, tuple(system('__ack_init'), [rows(ROOT, 1, 2, 3, 0)])],
  ['acks for a bolt', count, tuple(system('__ack_ack'), [rows()])],
  ['a fail without a reason', acker, tuple(system('__ack_fail'), [ROOT, 1, undefined])],
  ['a fail for a reason that there is not', acker, tuple(system('__ack_fail'), [ROOT, 1, { kind: 'boredom' }])],
  ['a fail of a reason whose parts are wrong', acker, tuple(system('__ack_fail'), [ROOT, 1, { kind: 'timeout' }])],
  ['a fail of a fraction', acker, tuple(system('__ack_fail'), [ROOT, 0.5, { kind: 'worker lost' }])],
  ['a timeout of text', acker, tuple(system('__ack_timeout'), [rows(), 'soon'])],
  [
    'verdicts on the roots of another task',
    words,
    tuple(sourceOf(acker, '__ack_ack'), [rows(rootHighOf(count, 1), 1)]),
  ],
  ['verdicts for a bolt', count, tuple(sourceOf(acker, '__ack_ack'), [rows()])],
  ['a failure without a reason', words, tuple(sourceOf(acker, '__ack_fail'), [ROOT, 1, undefined])],
  ['a tick', count, tuple(system('__tick'), [1])],
]

for (const [what, target, one] of WRONG) {
  test(`kept out: ${what}`, (t) => {
    t.throws(() => guard.check(target, one), { code: 'BAD_FRAME' })
  })
}

test('kept out: a tuple for a task that lives in another worker', (t) => {
  const elsewhere = workerIds(plan).find((worker) => worker !== plan.tasks[count - 1]!.worker)!
  t.throws(() => guards[elsewhere - 1]!.check(count, tuple(sourceOf(words), ['a'])), { code: 'BAD_FRAME' })
})
