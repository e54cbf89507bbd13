import test from 'ava'
import {
  BasicBolt,
  Bolt,
  fields,
  type KeyValueState,
  type OutputCollector,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'

class Six extends Spout<{ n: number }> {
  override readonly outputs = fields<{ n: number }>('n')
  #n = 0
  #out!: SpoutOutputCollector<{ n: number }>

  override open(_context: TaskContext, out: SpoutOutputCollector<{ n: number }>): void {
    this.#out = out
  }

  override nextTuple(): void {
    if (this.#n < 6) this.#out.emit([this.#n++])
  }

  override isExhausted(): boolean {
    return this.#n === 6
  }

  override position() {
    return { all: this.#n }
  }

  override seek(positions: { [partition: string]: unknown }): void {
    this.#n = positions['all'] as number
  }
}

type Body = (parts: Parts, tuple: Tuple<{ n: number }>) => void | Promise<void>
interface Parts {
  readonly context: TaskContext
  readonly out: OutputCollector<{ n: number; times: number }>
  readonly times: KeyValueState<number, number>
}

class Acks extends Bolt<{ n: number }, { n: number; times: number }> {
  override readonly outputs = fields<{ n: number; times: number }>('n', 'times')
  override readonly isAtomic: boolean
  readonly #body: Body
  #parts!: Parts

  constructor(body: Body, isAtomic: boolean) {
    super()
    this.#body = body
    this.isAtomic = isAtomic
  }

  override prepare(context: TaskContext, out: OutputCollector<{ n: number; times: number }>): void {
    this.#parts = { context, out, times: context.state('times') }
  }

  override execute(tuple: Tuple<{ n: number }>): void | Promise<void> {
    return this.#body(this.#parts, tuple)
  }
}

class Collects extends BasicBolt {
  readonly #into: unknown[]

  constructor(into: unknown[]) {
    super()
    this.#into = into
  }

  override execute(tuple: Tuple): void {
    this.#into.push(tuple.values)
  }
}

/** What the bolt has emitted. */
async function emitted(body: Body, isAtomic = false, config = {}): Promise<unknown[]> {
  return (await ranWith(body, isAtomic, config)).got
}

/** What the bolt has emitted, and the codes of what was reported. */
async function ranWith(body: Body, isAtomic = false, config = {}) {
  const got: unknown[] = []
  const builder = new TopologyBuilder('acks', { 'topology.guarantee': 'exactly-once', ...config })
  const numbers = builder.setSpout('numbers', () => new Six())
  const acks = builder.setBolt('acks', () => new Acks(body, isAtomic)).globalGrouping(numbers)
  builder.setBolt('collects', () => new Collects(got)).globalGrouping(acks)
  const topology = await new LocalCluster().submit(builder.createTopology(), { snapshots: new MemorySnapshots() })
  await topology.complete()
  return { got: got.sort(), codes: topology.problems.map(({ code }) => code) }
}

/** Whether it is asked for the first time. */
function first(): (n: number) => boolean {
  const seen = new Set<number>()
  return (n) => !seen.has(n) && seen.add(n).has(n)
}

const EACH_ONCE = [0, 1, 2, 3, 4, 5].map((n) => [n, 1])

test('an ack takes effect with its execution: a tuple that was acked and then fails is tried again', async (t) => {
  const isFirst = first()
  const body: Body = ({ out, times }, tuple) => {
    const n = tuple.get('n')
    out.emit(tuple, [n, times.update(n, (before = 0) => before + 1)])
    out.ack(tuple)
    if (n % 2 === 0 && isFirst(n)) throw new Error('once')
  }
  t.deepEqual(await emitted(body), EACH_ONCE)
})

test('where an execution fails that has acked others, they are tried again with it', async (t) => {
  const isFirst = first()
  const held: Tuple<{ n: number }>[] = []
  const body: Body = ({ out, times }, tuple) => {
    held.push(tuple)
    if (held.length < 3) return
    const all = held.splice(0)
    for (const one of all) {
      const n = one.get('n')
      out.emit(one, [n, times.update(n, (before = 0) => before + 1)])
      out.ack(one)
    }
    if (isFirst(0)) throw new Error('once')
  }
  t.deepEqual(await emitted(body), EACH_ONCE)
})

test('what a bolt writes and acks at its own time stays, whatever fails next', async (t) => {
  const isFirst = first()
  const body: Body = ({ context, out, times }, tuple) => {
    const n = tuple.get('n')
    if (n === 0) {
      context.after(5, () => {
        out.emit(tuple, [n, times.update(n, (before = 0) => before + 1)])
        out.ack(tuple)
      })
      return
    }
    if (n === 5 && times.get(0) === undefined) throw new Error('not yet')
    if (n === 4 && isFirst(n)) throw new Error('once')
    out.emit(tuple, [n, n === 5 ? times.get(0)! : 1])
    out.ack(tuple)
  }
  t.deepEqual(await emitted(body), EACH_ONCE)
})

test('the executions of an atomic bolt follow each other, though it has no state', async (t) => {
  const isFirst = first()
  const body: Body = async ({ context, out }, tuple) => {
    const n = tuple.get('n')
    await new Promise<void>((resolve) => void context.after(5, resolve))
    out.emit(tuple, [n, 1])
    out.ack(tuple)
    await new Promise<void>((resolve) => void context.after(5, resolve))
    if (isFirst(n)) throw new Error('once')
  }
  t.deepEqual(await emitted(body, true, { 'topology.bolt.concurrency': 4 }), EACH_ONCE)
})

test('a tuple that its bolt fails each time is given up after so many attempts', async (t) => {
  const attempts = 3
  let executions = 0
  const body: Body = ({ out }, tuple) => {
    const n = tuple.get('n')
    if (n === 2 && executions < 2 * attempts) {
      executions++
      out.fail(tuple, new Error('never'))
      return
    }
    out.emit(tuple, [n, 1])
    out.ack(tuple)
  }
  const others = EACH_ONCE.filter(([n]) => n !== 2)
  t.deepEqual(await emitted(body, false, { 'topology.tuple.max.attempts': attempts }), others)
  t.is(executions, attempts)
})

test('what a bolt emits and acks long after the input has ended comes, too', async (t) => {
  const body: Body = ({ context, out }, tuple) => {
    context.after(2000 + 1000 * tuple.get('n'), () => {
      out.emit(tuple, [tuple.get('n'), 1])
      out.ack(tuple)
    })
  }
  t.deepEqual(await ranWith(body), { got: EACH_ONCE, codes: [] })
})

test('a bolt that acks nothing lets its run end when a timeout is over, and is named', async (t) => {
  const body: Body = ({ out }, tuple) => void out.emit(tuple, [tuple.get('n'), 1])
  t.deepEqual(await ranWith(body), { got: EACH_ONCE, codes: ['TUPLES_NOT_ACKED'] })
})
