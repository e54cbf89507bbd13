/** Topologies for tests that look at them in a browser. */

/** Bolts: one that fails every hundredth tuple with a hostile text, a slow one, and one that passes on. */
export const BOLTS = `
import { BasicBolt, fields } from 'typhoon'
export class Parse extends BasicBolt {
  outputs = fields('customer', 'price')
  #context
  prepare(context) { this.#context = context }
  execute(tuple, collector) {
    const number = tuple.values[0]
    if (number % 100 === 99) throw new Error(HOSTILE + number)
    collector.emit(['customer ' + (number % 5), number % 100])
  }
}
export class Slow extends BasicBolt {
  outputs = fields('customer', 'price')
  prepare({ metrics }) {
    this.cheap = metrics.counter('cheap orders' + HOSTILE)
    this.prices = metrics.histogram('price')
    metrics.gauge('answer', () => 42)
  }
  execute(tuple, collector) {
    if (tuple.values[1] < 10) this.cheap.inc()
    this.prices.record(tuple.values[1])
    const until = performance.now() + 2
    while (performance.now() < until);
    collector.emit([tuple.values[0], tuple.values[1]])
  }
}
export class Pass extends BasicBolt {
  outputs = fields('number')
  execute(tuple, collector) { collector.emit([tuple.values[0]]) }
}
const HOSTILE = '<img src=x onerror="window.injected=1"> '
`

/** Two workers, a failing bolt and a slow one. */
export const ORDERS = `name: orders
config: { topology.workers: 2, topology.max.spout.pending: 50, topology.stats.interval.ms: 250 }
spouts:
  - { id: orders, className: SequenceSpout, constructorArgs: [1000000000] }
bolts:
  - { id: parse, className: './bolts.mjs#Parse', parallelism: 2 }
  - { id: check, className: './bolts.mjs#Slow' }
  - { id: sink, className: NullBolt }
streams:
  - { from: orders, to: parse, grouping: { type: SHUFFLE } }
  - { from: parse, to: check, grouping: { type: FIELDS, args: [customer] } }
  - { from: check, to: sink, grouping: { type: SHUFFLE } }
`

/** Names that would do something if they were taken for markup. */
export const HOSTILE_NAMES = [
  '<script>window.injected=1</script>',
  '"><img src=x onerror=window.injected=1>',
  "'-window.injected-'",
  '{{window.injected=1}}',
  'javascript:window.injected=1',
  '&lt;b&gt; ‮ right to left',
]

/** A topology whose components have such names. */
export function hostile(): string {
  const bolts = HOSTILE_NAMES.map((name) => `  - { id: ${JSON.stringify(name)}, className: NullBolt }`)
  const streams = HOSTILE_NAMES.map(
    (name) => `  - { from: numbers, to: ${JSON.stringify(name)}, grouping: { type: SHUFFLE } }`,
  )
  return `name: hostile
config: { topology.max.spout.pending: 10, topology.stats.interval.ms: 250 }
spouts:
  - { id: numbers, className: SequenceSpout, constructorArgs: [1000000000] }
bolts:
${bolts.join('\n')}
streams:
${streams.join('\n')}
`
}

/** One of two hundred components: a spout, 66 branches of three bolts each, and one more. */
export function many(): string {
  const branches = Array.from({ length: 66 }, (_, index) => index)
  const bolts = branches.flatMap((index) => [
    `  - { id: clean-${index}, className: './bolts.mjs#Pass' }`,
    `  - { id: enrich-${index}, className: './bolts.mjs#Pass' }`,
    `  - { id: store-${index}, className: NullBolt }`,
  ])
  const streams = branches.flatMap((index) => [
    `  - { from: numbers, to: clean-${index}, grouping: { type: SHUFFLE } }`,
    `  - { from: clean-${index}, to: enrich-${index}, grouping: { type: SHUFFLE } }`,
    `  - { from: enrich-${index}, to: store-${index}, grouping: { type: SHUFFLE } }`,
  ])
  return `name: many
config: { topology.max.spout.pending: 2 }
spouts:
  - { id: numbers, className: SequenceSpout, constructorArgs: [1000000000] }
bolts:
${bolts.join('\n')}
  - { id: last, className: NullBolt }
streams:
${streams.join('\n')}
  - { from: numbers, to: last, grouping: { type: SHUFFLE } }
`
}
