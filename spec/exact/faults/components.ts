/**
 * The topology whose runs are disturbed: sources that know where they stand, a bolt that answers later, a loop, a join
 * of two streams, accounts that pay each other, and a sink with an outside of its own.
 *
 *     numbers ──▶ route ──▶ hops ──▶ join ──▶ accounts ⟲ credits
 *                            ⟲ │      ▲ │
 *     others ───────────────────┼──────┘ └──▶ copies ──▶ outside
 *                               └─ its end ─────▲
 */
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  fields,
  type KeyValueState,
  type OutputCollector,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../../lib/index.ts'
import type { Prng } from '../../../lib/util/prng.ts'
import { DealtSpout } from '../dealt-spout.ts'

export const LIMIT = 160
export const ACCOUNTS = 7
/** How often a number goes round. */
export const roundsOf = (n: number): number => n % 4
/** Who pays a number, and to whom. */
export const payerOf = (n: number): number => n % ACCOUNTS
export const payeeOf = (n: number): number => (n * 3 + 1) % ACCOUNTS

interface Numbered {
  n: number
}
interface Hop extends Numbered {
  hop: number
}
interface Payment {
  account: number
  amount: number
}

/** What the tasks of a bolt held when their input ended, by task; the last that was said counts. */
export class Ends {
  readonly #entries = new Map<string, ReadonlyMap<number, unknown>>()

  put({ component, taskIndex }: TaskContext, entries: Iterable<readonly [number, unknown]>): void {
    this.#entries.set(`${component}/${taskIndex}`, new Map(entries))
  }

  /** How many tasks a bolt has. */
  tasksOf(component: string): number {
    return [...this.#entries.keys()].filter((task) => task.startsWith(component)).length
  }

  /** Of all tasks of a bolt, by key. */
  of(component: string): Map<number, unknown> {
    return new Map([...this.#entries].filter(([task]) => task.startsWith(component)).flatMap(([, all]) => [...all]))
  }
}

/** Where lines last, whoever writes them. */
export class Outside {
  readonly lines: number[] = []
  /** So many are there for good. */
  committed = 0

  cut(length: number): void {
    if (length < this.committed) throw new Error(`${this.committed} lines are committed, and ${length} are to be left`)
    this.lines.length = length
  }
}

/** Fails now and then. */
function stumble(context: TaskContext): void {
  if (context.random() < 0.02) throw new Error('a bad day')
}

/** Emits the numbers below the limit that belong to its task, each once. */
class Numbers extends DealtSpout<Numbered> {
  override readonly outputs = fields<Numbered>('n')

  override rowOf(n: number): Numbered {
    return { n }
  }
}

/** Hands on at once or later, several at a time. */
class Route extends BasicBolt<Numbered, Hop> {
  override readonly outputs = fields<Hop>('n', 'hop')
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  execute(tuple: Tuple<Numbered>, out: BasicOutputCollector<Hop>): void | Promise<void> {
    const pass = (): void => {
      out.emit([tuple.get('n'), 0])
      stumble(this.#context)
    }
    if (this.#context.random() < 0.5) return pass()
    return new Promise<void>((resolve) => void this.#context.after(20 * this.#context.random(), resolve)).then(pass)
  }
}

/** Counts how often a number comes round, and sends it round again until it has been often enough. */
class Hops extends BasicBolt<Hop> {
  override readonly outputs = {
    default: fields<Numbered>('n'),
    again: fields<Hop>('n', 'hop'),
    end: fields<Numbered>('n'),
  }
  readonly #ends: Ends
  #context!: TaskContext
  #hops!: KeyValueState<number, number>

  constructor(ends: Ends) {
    super()
    this.#ends = ends
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#hops = context.state('hops')
  }

  execute(tuple: Tuple<Hop>, out: BasicOutputCollector<any>): void {
    const n = tuple.get('n')
    const hop = tuple.get('hop')
    this.#hops.update(n, (count = 0) => count + 1)
    if (hop < roundsOf(n)) out.emit([n, hop + 1], 'again')
    else out.emit([n])
    stumble(this.#context)
  }

  /** Says once that its input has ended: a number above the limit. */
  override endOfInput(out: BasicOutputCollector<any>): void {
    this.#ends.put(this.#context, this.#hops.entries())
    out.emit([LIMIT + this.#context.taskIndex], 'end')
  }
}

/** Waits for each number from both sides. */
class Join extends BasicBolt<Numbered, Numbered & Payment> {
  override readonly outputs = fields<Numbered & Payment>('n', 'account', 'amount')
  readonly #ends: Ends
  #context!: TaskContext
  #waiting!: KeyValueState<number, string>

  constructor(ends: Ends) {
    super()
    this.#ends = ends
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#waiting = context.state('waiting')
  }

  execute(tuple: Tuple<Numbered>, out: BasicOutputCollector<Numbered & Payment>): void {
    const n = tuple.get('n')
    const from = this.#waiting.get(n)
    if (from === undefined) this.#waiting.put(n, tuple.sourceComponent)
    else if (from === tuple.sourceComponent) throw new Error(`${n} came twice`)
    else {
      this.#waiting.delete(n)
      out.emit([n, payerOf(n), n])
    }
    stumble(this.#context)
  }

  override endOfInput(): void {
    this.#ends.put(this.#context, this.#waiting.entries())
  }
}

/** What one pays another gets: all balances and all that is under way come to nothing, at any moment. */
class Accounts extends BasicBolt {
  override readonly outputs = { credit: fields<Payment>('account', 'amount') }
  readonly #ends: Ends
  #context!: TaskContext
  #balances!: KeyValueState<number, number>

  constructor(ends: Ends) {
    super()
    this.#ends = ends
  }

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#balances = context.state('balances')
  }

  async execute(tuple: Tuple<any>, out: BasicOutputCollector<any>): Promise<void> {
    const account: number = tuple.get('account')
    const amount: number = tuple.get('amount')
    const isCredit = tuple.sourceStream === 'credit'
    this.#balances.update(account, (balance = 0) => balance + (isCredit ? amount : -amount))
    if (!isCredit) out.emit([payeeOf(amount), amount], 'credit')
    if (this.#context.random() < 0.1)
      await new Promise<void>((resolve) => void this.#context.after(10 * this.#context.random(), resolve))
    stumble(this.#context)
  }

  override endOfInput(): void {
    this.#ends.put(this.#context, this.#balances.entries())
  }
}

const GATHERED = 5
const GATHERED_MS = 15

/** Gathers lines and acks them when they are written; takes back what was written after the snapshot. */
class Copies extends Bolt<Numbered> {
  readonly #outside: Outside
  readonly #prepared = new Map<number, number>()
  #context!: TaskContext
  #out!: OutputCollector
  #gathered: Tuple<Numbered>[] = []

  constructor(outside: Outside) {
    super()
    this.#outside = outside
  }

  override prepare(context: TaskContext, out: OutputCollector): void {
    this.#context = context
    this.#out = out
    const length = context.prepared as number | undefined
    // Where there is no snapshot yet, a file that was there before would be kept.
    if (length !== undefined) this.#outside.cut(length)
  }

  override execute(tuple: Tuple<Numbered>): void {
    if (this.#gathered.length === 0) this.#context.after(GATHERED_MS, () => this.#write())
    this.#gathered.push(tuple)
    if (this.#gathered.length >= GATHERED) this.#write()
  }

  override async prepareCommit(snapshot: number): Promise<number> {
    const { length } = this.#outside.lines
    this.#prepared.set(snapshot, length)
    await new Promise<void>((resolve) => void this.#context.after(5 * this.#context.random(), resolve))
    return length
  }

  override commit(snapshot: number): void {
    if (this.#context.random() < 0.3) throw new Error('a bad day')
    this.#outside.committed = this.#prepared.get(snapshot) ?? this.#outside.committed
  }

  override endOfInput(): void {
    this.#write()
  }

  #write(): void {
    for (const tuple of this.#gathered.splice(0)) {
      this.#outside.lines.push(tuple.get('n'))
      this.#out.ack(tuple)
    }
  }
}

/** @param random draws its numbers of workers and tasks, and how often snapshots are taken */
export function disturbed(ends: Ends, outside: Outside, random: Prng): TopologyDefinition {
  const tasks = (): number => 1 + random.below(3)
  const builder = new TopologyBuilder('disturbed', {
    'topology.workers': 1 + random.below(3),
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': 10 + random.below(150),
    'topology.bolt.concurrency': 3,
    'topology.tuple.max.attempts': 1000,
    'topology.worker.max.restarts': 1000,
    'topology.worker.restart.max.delay.ms': 10,
    'topology.worker.timeout.secs': 0.5,
    'topology.worker.stall.limit.secs': 1,
  })
  builder.setSpout('numbers', () => new Numbers(LIMIT), tasks())
  builder.setSpout('others', () => new Numbers(LIMIT), tasks())
  builder.setBolt('route', () => new Route(), tasks()).grouping('numbers', 'default', { type: 'shuffle' })
  const byNumber = { type: 'fields', fields: ['n'] } as const
  builder
    .setBolt('hops', () => new Hops(ends), tasks())
    .grouping('route', 'default', byNumber)
    .grouping('hops', 'again', byNumber)
  builder
    .setBolt('join', () => new Join(ends), tasks())
    .grouping('hops', 'default', byNumber)
    .grouping('others', 'default', byNumber)
  const byAccount = { type: 'fields', fields: ['account'] } as const
  builder
    .setBolt('accounts', () => new Accounts(ends), tasks())
    .grouping('join', 'default', byAccount)
    .grouping('accounts', 'credit', byAccount)
  builder
    .setBolt('copies', () => new Copies(outside))
    .grouping('join', 'default', { type: 'global' })
    .grouping('hops', 'end', { type: 'global' })
  return builder.createTopology()
}
