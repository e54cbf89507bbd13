/**
 * Finds suspicious card payments: 200,000 seeded payments of 1,000 cards are joined with what is known of the cards'
 * holders, the last ten payments of each card are added up, and those sums that are far beyond what the holder spends
 * go to a file, each exactly once, whatever is killed meanwhile.
 *
 *     typhoon run topologies/fraud.ts
 *     typhoon run topologies/fraud.ts --set output=suspicious.jsonl
 *
 * A second run finds nothing new to do: what was read and written is remembered (`--state DIR`).
 */
import { anything, fields, number, type RowOf, string, type TopologyFunction } from 'typhoon'
import {
  type Aggregator,
  fileSink,
  generatedBatches,
  MapGet,
  mapState,
  slidingCount,
  TridentTopology,
} from 'typhoon/trident'

const PAYMENT = fields({ payment: number, card: string, cents: number })
type Payment = RowOf<typeof PAYMENT>

interface Customer {
  name: string
  /** What ten payments usually come to. */
  usualCents: number
}

const SPEND = fields({ payment: number, customer: anything<Customer>(), spentCents: number })
type Spend = RowOf<typeof SPEND>

const CARDS = 1000
const PARTITIONS = 2
const PAYMENTS = 200_000
/** One payment of so many is by a thief, who pays much. */
const THEFT_EVERY = 5000
const LAST = 10
const FAR_BEYOND = 3

/**
 * A static state: what is known of the customers, by card. Here it is made up; a backing map of your own would ask a
 * database.
 */
const customers = mapState<Customer>({
  label: 'table of customers',
  kind: 'non-transactional',
  survives: true,
  create: () => ({ multiGet: (cards) => cards.map(customerOf), multiPut: () => undefined }),
})

function customerOf(card: string): Customer {
  const number = Number(card.slice('card-'.length))
  return { name: `holder ${number}`, usualCents: LAST * (2000 + (number % 50) * 100) }
}

/** The sum of a window, with its last payment. */
const spend: Aggregator<Spend, Pick<Payment, 'payment' | 'cents'> & { customer: Customer }, Spend> = {
  init: () => ({ payment: 0, customer: { name: '', usualCents: 0 }, spentCents: 0 }),
  aggregate(sum, tuple) {
    sum.payment = tuple.get('payment')
    sum.customer = tuple.get('customer')
    sum.spentCents += tuple.get('cents')
  },
  complete: (sum, collector) => collector.emit(sum),
}

const fraud: TopologyFunction = ({ config, variables }) => {
  const { output = 'suspicious.jsonl', payments = String(PAYMENTS) } = variables
  const sink = fileSink(output)
  const topology = new TridentTopology('fraud', { 'topology.workers': 2, ...config })

  const known = topology.newStaticState('customers', customers).parallelismHint(2)

  topology
    .newStream('payments', () =>
      generatedBatches(
        {
          fields: PAYMENT,
          seed: 7,
          total: Number(payments),
          partitions: PARTITIONS,
        },
        (random, index) => {
          const cents = 500 + random.below(4000)
          // All payments of a card are in one partition, so that they stay in their order.
          const card = PARTITIONS * random.below(CARDS / PARTITIONS) + (index % PARTITIONS)
          return [index, `card-${card}`, index % THEFT_EVERY === 0 ? cents * 100 : cents]
        },
      ),
    )
    .parallelismHint(2)
    .groupBy(['card'])
    .stateQuery(known, MapGet, fields({ customer: anything<Customer>() }))
    .groupBy(['card'])
    .window('spend', slidingCount(LAST, 1), ['payment', 'customer', 'cents'], spend, SPEND)
    .parallelismHint(2)
    .filter((tuple) => tuple.get('spentCents') > FAR_BEYOND * tuple.get('customer').usualCents)
    .map(
      (tuple) => ({
        card: tuple.get('card'),
        holder: tuple.get('customer').name,
        payment: tuple.get('payment'),
        spentCents: tuple.get('spentCents'),
      }),
      fields({ card: string, holder: string, payment: number, spentCents: number }),
    )
    .global()
    .partitionPersist('suspicious', sink.state, ['card', 'holder', 'payment', 'spentCents'], sink.updater)

  return topology.build()
}

export default fraud
