/**
 * Joins two streams that come out of order, each in its own way: orders, and the payments for them. An order is paid if
 * its payment was made within an hour of it, whichever of the two arrives first; of those that are not paid it is said
 * when the hour has passed.
 *
 *     typhoon run topologies/payments.ts --set output=paid.tsv
 *
 * A line for each order (its number, its amount, the time of its payment or null), each exactly once, whatever is
 * killed meanwhile.
 */
import {
  fields,
  type Positions,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  TopologyBuilder,
  type TopologyFunction,
} from 'typhoon'
import { FileSinkBolt } from 'typhoon/components'
import { IntervalJoinBolt } from 'typhoon/joins'

interface Order {
  order: number
  cents: number
  at: number
}

interface Payment {
  order: number
  at: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const START = Date.UTC(2026, 2, 1)
/** By how much a row may come behind a newer one. */
const ORDER_LAG_MS = 10 * MINUTE_MS
const PAYMENT_LAG_MS = 45 * MINUTE_MS

/** A number from 0 up to 1, which looks as if it were drawn. */
function noise(n: number, salt: number): number {
  return ((n * 2_654_435_761 + salt * 97_003_331) % 4_294_967_296) / 4_294_967_296
}

/** The n-th order. */
export function orderOf(n: number): Order {
  return { order: n, cents: 100 + Math.floor(noise(n, 1) * 9900), at: START + n * 10_000 }
}

/** Its payment: mostly within the hour; one in eight is never made. */
export function paymentOf(n: number): Payment | undefined {
  if (noise(n, 2) < 1 / 8) return undefined
  return { order: n, at: orderOf(n).at + Math.floor(noise(n, 3) * 75 * MINUTE_MS) }
}

/** Rows in the order in which they arrive, each less than the lag after its time. */
function arrivals<Row extends { order: number; at: number }>(rows: readonly Row[], lagMs: number): Row[] {
  const arrivesAt = ({ order, at }: Row): number => at + noise(order, 4) * lagMs
  return [...rows].sort((a, b) => arrivesAt(a) - arrivesAt(b))
}

/** Emits rows once, and knows how many it has emitted. */
abstract class Rows<Row> extends Spout<Row> {
  readonly #rows: readonly Row[]
  #next = 0
  #out!: SpoutOutputCollector<Row>

  constructor(rows: readonly Row[]) {
    super()
    this.#rows = rows
  }

  override open(_context: TaskContext, out: SpoutOutputCollector<Row>): void {
    this.#out = out
  }

  nextTuple(): void {
    const row = this.#rows[this.#next]
    if (row === undefined) return
    this.#next++
    this.#out.emit(row as never)
  }

  override position(): Positions {
    return { all: this.#next }
  }

  override seek(positions: Positions): void {
    this.#next = positions['all'] as number
  }

  override isExhausted(): boolean {
    return this.#next >= this.#rows.length
  }
}

class Orders extends Rows<Order> {
  override readonly outputs = fields<Order>('order', 'cents', 'at')
}

class Payments extends Rows<Payment> {
  override readonly outputs = fields<Payment>('order', 'at')
}

const payments: TopologyFunction = ({ variables }) => {
  const { orders: count = '10000', output = '' } = variables
  const numbers = Array.from({ length: Number(count) }, (_, n) => n)
  const ordered = arrivals(numbers.map(orderOf), ORDER_LAG_MS)
  const paid = arrivals(
    numbers.flatMap((n) => paymentOf(n) ?? []),
    PAYMENT_LAG_MS,
  )
  const builder = new TopologyBuilder('payments', { 'topology.workers': 2, 'topology.guarantee': 'exactly-once' })
  const orders = builder
    .setSpout('orders', () => new Orders(ordered))
    .setTimestamps({ field: 'at', lagMs: ORDER_LAG_MS })
  const payments = builder
    .setSpout('payments', () => new Payments(paid))
    .setTimestamps({ field: 'at', lagMs: PAYMENT_LAG_MS })
  const join = builder
    .setBolt(
      'join',
      () =>
        new IntervalJoinBolt({
          left: { source: 'orders', key: 'order' },
          right: { source: 'payments', key: 'order' },
          afterMs: HOUR_MS,
          kind: 'left',
          select: 'left:order, left:cents, right:at',
          timestampField: 'at',
        }),
      2,
    )
    .fieldsGrouping(orders, ['order'])
    .fieldsGrouping(payments, ['order'])
  builder.setBolt('output', () => new FileSinkBolt(output)).globalGrouping(join)
  return builder.createTopology()
}

export default payments
