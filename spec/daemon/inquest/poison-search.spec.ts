import test from 'ava'
import { PoisonSearch } from '../../../lib/daemon/inquest/poison-search.ts'
import type { WorkerExit } from '../../../lib/daemon/workers/launcher.ts'
import { BasicBolt, fields, Spout, TopologyBuilder } from '../../../lib/index.ts'
import type { InHand } from '../../../lib/messaging/control.ts'
import { planTopology } from '../../../lib/scheduler/plan.ts'

const EXITED: WorkerExit = { how: 'exit code 7', lastWords: [] }
const KILLED: WorkerExit = { how: 'signal SIGKILL', lastWords: [], bySignal: true }
const BLOCKED: WorkerExit = { how: 'its event loop was blocked', lastWords: [], wasBlocked: true }

class Source extends Spout {
  override readonly outputs = fields('value')
  nextTuple(): void {}
}

class Sink extends BasicBolt {
  execute(): void {}
}

/** One worker: task 1 is a spout, tasks 2 and 3 are those of "sink". */
function search({ executed = 1000 } = {}) {
  const builder = new TopologyBuilder('searched', {})
  builder.setSpout('source', () => new Source())
  builder.setBolt('sink', () => new Sink(), 2).grouping('source', 'default', { type: 'shuffle' })
  const plan = planTopology(builder.createTopology().topology)
  const told: string[] = []
  let now = 0
  let snapshot = 1
  const it = new PoisonSearch({
    plan: () => plan,
    now: () => now,
    snapshot: () => snapshot,
    executed: () => executed,
    onProgress: () => told.push('progress'),
    warn: () => told.push('begins'),
  })
  const names = () => it.orders.sentences.map(({ name }) => name)
  return {
    it,
    told,
    names,
    hear: (name: string, is: InHand['is'], task = 2) => it.heard(1, { task, name, is }),
    /** The code of the problem that ends the run, if one does; else all begins anew. */
    die(exit = EXITED, livedMs = 100, isStarting = false): string | undefined {
      now += livedMs
      const problem = it.died(1, 1, exit, isStarting)
      it.begins()
      return problem?.code
    },
    snapshotComplete(): void {
      snapshot++
    },
  }
}

test('workers say what they execute from the second death in a row on', (t) => {
  const { it, die, told } = search()
  t.deepEqual(it.orders, { watched: false, sentences: [] })
  die()
  t.false(it.orders.watched)
  die()
  t.true(it.orders.watched)
  t.deepEqual(told, ['begins'])
})

test('deaths that are far apart are not in a row, unless no snapshot became complete between them', (t) => {
  const { it, die, snapshotComplete } = search()
  die()
  snapshotComplete()
  die(EXITED, 100_000)
  t.false(it.orders.watched)
  die(EXITED, 100_000)
  t.true(it.orders.watched)
  snapshotComplete()
  die(EXITED, 100_000)
  t.false(it.orders.watched)
})

test('two deaths with a tuple in hand condemn it, where the worker ended by its own doing', (t) => {
  const { it, die, hear, told, names } = search()
  die()
  die()
  hear('good', 'begun')
  hear('good', 'over')
  hear('bad', 'begun')
  die()
  t.deepEqual(names(), [])
  hear('bad', 'begun', 3)
  die()
  t.deepEqual(it.orders, {
    watched: true,
    sentences: [{ component: 'sink', name: 'bad', worker: 1, how: 'exit code 7' }],
  })
  t.deepEqual(told, ['begins', 'progress'])
})

test('three deaths condemn it where a signal may have come from outside', (t) => {
  const { die, hear, names } = search()
  for (let deaths = 0; deaths < 2; deaths++) die(KILLED)
  for (const condemned of [[], [], ['bad']]) {
    hear('bad', 'begun')
    die(KILLED)
    t.deepEqual(names(), condemned)
  }
})

test('one death condemns it where the loop was blocked by it', (t) => {
  const { die, hear, names } = search()
  die(BLOCKED)
  hear('bad', 'begun')
  die(BLOCKED)
  t.deepEqual(names(), ['bad'])
})

test('what comes through once is no suspect any more', (t) => {
  const { die, hear, names } = search()
  die()
  die()
  for (let deaths = 0; deaths < 4; deaths++) {
    hear('good', 'begun')
    die()
    hear('good', 'begun')
    hear('good', 'over')
  }
  t.deepEqual(names(), [])
})

test('of equal tuples with promises one that comes through, or has none, takes no other out of hand', (t) => {
  const { hear, die, names } = search()
  die()
  for (let deaths = 2; deaths <= 4 && names().length === 0; deaths++) {
    hear('bad', 'begun')
    hear('bad', 'open')
    hear('bad', 'begun')
    hear('bad', 'open')
    hear('bad', 'begun')
    hear('bad', 'over')
    hear('bad', 'over')
    hear('other', 'begun')
    hear('other', 'open')
    die()
  }
  t.deepEqual(names(), [])
  for (let deaths = 1; deaths <= 4 && names().length === 0; deaths++) {
    hear('bad', 'begun')
    hear('bad', 'open')
    hear('bad', 'begun')
    hear('bad', 'open')
    die()
  }
  t.deepEqual(names(), ['bad'])
})

test('of several whose promises are open none is condemned; of one alone, it is', (t) => {
  const { die, hear, names } = search()
  die()
  die()
  for (let deaths = 0; deaths < 3; deaths++) {
    hear('first', 'open')
    hear('second', 'open', 3)
    die()
  }
  t.deepEqual(names(), [])
  for (let deaths = 0; deaths < 2; deaths++) {
    hear('first', 'open')
    hear('second', 'open', 3)
    hear('second', 'over', 3)
    die()
  }
  t.deepEqual(names(), ['first'])
})

test('it is the code where one tuple after the other is condemned and none comes through', (t) => {
  const ends = (executed: number): number => {
    const { die, hear, names } = search({ executed })
    for (let deaths = 0; deaths < 100; deaths++) {
      hear(`tuple ${Math.floor(deaths / 2)}`, 'begun')
      if (die() === 'WORKER_GAVE_UP') return names().length
    }
    return 100
  }
  t.is(ends(0), 3)
  t.is(ends(1000), 8)
})

test('what a worker says of tasks that are not its own is not believed', (t) => {
  const { it, die, names } = search()
  for (let deaths = 0; deaths < 6; deaths++) {
    it.heard(2, { task: 2, name: 'bad', is: 'begun' })
    it.heard(1, { task: 99, name: 'bad', is: 'begun' })
    die()
  }
  t.deepEqual(names(), [])
})

test('a tuple of a snapshot that ends its worker before the run has begun is found', (t) => {
  const { it, die, hear, names, told } = search()
  const dieAtStart = (): string | undefined => die(EXITED, 100, true)
  dieAtStart()
  t.false(it.orders.watched)
  dieAtStart()
  t.true(it.orders.watched)
  t.deepEqual(told, [], 'it may have died of its start')
  for (const condemned of [[], ['bad']]) {
    hear('bad', 'begun')
    dieAtStart()
    t.deepEqual(names(), condemned)
  }
  t.deepEqual(told, ['begins', 'progress'])
})

test('deaths before the run has begun, with nothing in hand, are blamed on no code', (t) => {
  const { die } = search({ executed: 0 })
  for (let deaths = 0; deaths < 40; deaths++) t.is(die(EXITED, 100, true), undefined)
})

test('of several that end workers in turn each is found, and no death but the first of each uses up restarts', (t) => {
  const { die, hear, names, told } = search()
  for (let deaths = 0; deaths < 2; deaths++) die(KILLED)
  const bad = ['a', 'b', 'c', 'd']
  const dieOf = (name: string): unknown => {
    const before = told.length
    hear(name, 'begun')
    die(KILLED)
    return told.slice(before).includes('progress')
  }
  t.deepEqual(bad.map(dieOf), [false, false, false, false])
  t.deepEqual(bad.map(dieOf), [true, true, true, true])
  t.deepEqual(names(), [])
  t.deepEqual(bad.map(dieOf), [true, true, true, true])
  t.deepEqual(names(), bad)
})
