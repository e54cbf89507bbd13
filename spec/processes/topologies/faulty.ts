/**
 * Numbers go from worker 1 through a bolt in worker 2 to a sink in both. One of the components does something wrong.
 * Variables: `fault`, a name of BOLTS or SPOUTS; `count`, how many numbers (without: no end); `lingers`: this module
 * leaves a timer open.
 */
import { NullBolt, SequenceSpout } from '../../../lib/components/index.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  fields,
  type TaskContext,
  TopologyBuilder,
  type TopologyFunction,
  type Tuple,
} from '../../../lib/index.ts'

interface Numbered {
  n: number
}

interface Passed {
  value: unknown
}

/** Passes on each number, or what `change` makes of it. */
class PassBolt extends BasicBolt<Numbered, Passed> {
  override readonly outputs = fields<Passed>('value')
  readonly #change: (n: number) => unknown

  constructor(change: (n: number) => unknown) {
    super()
    this.#change = change
  }

  override execute(tuple: Tuple<Numbered>, collector: BasicOutputCollector<Passed>): void {
    collector.emit([this.#change(tuple.get('n'))])
  }
}

/** Holds every tuple for ever, and logs the first. */
class HoldingBolt extends Bolt<Numbered, Passed> {
  override readonly outputs = fields<Passed>('value')
  #context!: TaskContext
  #holds = false

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  override execute(): void {
    if (!this.#holds) this.#context.log('info', 'a tuple is held')
    this.#holds = true
  }
}

class UnpreparedBolt extends PassBolt {
  override prepare(): void {
    throw new Error('the database does not answer')
  }
}

/** Throws in a timer that the runtime keeps for it, and holds every tuple, so that no run ends before. */
class TimerBolt extends Bolt<Numbered, Passed> {
  override readonly outputs = fields<Passed>('value')
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  override execute(): void {
    this.#context.after(1, () => {
      throw new Error('thrown in a timer')
    })
  }
}

/** Does something that fails, and does not wait for it. */
class RejectedBolt extends PassBolt {
  override execute(tuple: Tuple<Numbered>, collector: BasicOutputCollector<Passed>): void {
    void this.look()
    super.execute(tuple, collector)
  }

  async look(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    throw new Error('rejected later')
  }
}

class LateBolt extends PassBolt {
  override endOfInput(): void {
    throw new Error('the report cannot be written')
  }
}

/** Only the number 3, so that everything around it goes well. */
function at3(n: number, then: (n: number) => unknown): unknown {
  return n === 3 ? then(n) : n
}

function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

function hoard(): never {
  const all: unknown[] = []
  for (;;) all.push(new Array(100_000).fill(all.length))
}

function circular(): unknown {
  const one: { self?: unknown } = {}
  one.self = one
  return one
}

function unwanted(n: number): never {
  throw new Error(`${n} is not wanted here`)
}

/** By number: something that fails it alone. */
const SEVERAL: Readonly<Record<number, (n: number) => unknown>> = {
  3: unwanted,
  4: () => () => {},
  5: () => Symbol('five'),
  6: circular,
  7: () => 'x'.repeat(70_000),
}

const BOLTS: Readonly<Record<string, () => BasicBolt<Numbered, Passed> | Bolt<Numbered, Passed>>> = {
  none: () => new PassBolt((n) => n),
  exit: () => new PassBolt((n) => at3(n, () => process.exit(7))),
  'exit always': () => new PassBolt(() => process.exit(7)),
  uncaught: () =>
    new PassBolt((n) => {
      setImmediate(() => {
        throw new Error('thrown where nobody catches')
      })
      return n
    }),
  rejected: () =>
    new PassBolt((n) => {
      void Promise.reject(new Error('rejected where nobody listens'))
      return n
    }),
  timer: () => new TimerBolt(),
  'rejected later': () => new RejectedBolt((n) => n),
  block: () => new PassBolt((n) => at3(n, () => block(1500))),
  spin: () => new PassBolt((n) => at3(n, () => block(Number.POSITIVE_INFINITY))),
  memory: () => new PassBolt((n) => at3(n, hoard)),
  hold: () => new HoldingBolt(),
  prepare: () => new UnpreparedBolt((n) => n),
  end: () => new LateBolt((n) => n),
  throw: () => new PassBolt((n) => at3(n, unwanted)),
  several: () => new PassBolt((n) => SEVERAL[n]?.(n) ?? n),
}

/** Throws in nextTuple as often as it is told before it emits its numbers. */
class ThrowingSpout extends SequenceSpout {
  #left: number

  constructor(times: number, count: number | undefined) {
    super(count)
    this.#left = times
  }

  override nextTuple(): void | Promise<void> {
    if (this.#left-- > 0) throw new Error('the queue is closed')
    return super.nextTuple()
  }
}

class UnopenedSpout extends SequenceSpout {
  override open(): void {
    throw new Error('the queue does not exist')
  }
}

/** Emits what cannot be sent, and then numbers. */
class UnsendableSpout extends SequenceSpout {
  #tried = false

  protected override produce(): void {
    if (this.#tried) super.produce()
    else this.emit([circular() as number], -1)
    this.#tried = true
  }
}

const SPOUTS: Readonly<Record<string, (count: number | undefined) => SequenceSpout>> = {
  open: () => new UnopenedSpout(),
  once: (count) => new ThrowingSpout(1, count),
  always: (count) => new ThrowingSpout(Number.POSITIVE_INFINITY, count),
  unsendable: (count) => new UnsendableSpout(count),
}

const faulty: TopologyFunction = ({ variables: { fault = 'none', ...variables } }) => {
  if (variables['lingers'] !== undefined) setInterval(() => {}, 1_000_000)
  const count = variables['count'] === undefined ? undefined : Number(variables['count'])
  const builder = new TopologyBuilder('faulty', {
    'topology.workers': 2,
    'topology.replay.delay.ms': 1,
    'topology.replay.max.attempts': 2,
  })
  const makeSpout = SPOUTS[fault] ?? ((limit) => new SequenceSpout(limit))
  const numbers = builder.setSpout('numbers', () => makeSpout(count))
  const bolt = builder.setBolt('faulty', BOLTS[fault] ?? BOLTS['none']!).shuffleGrouping(numbers)
  builder.setBolt('sink', () => new NullBolt(), 2).allGrouping(bolt)
  return builder.createTopology()
}

export default faulty
