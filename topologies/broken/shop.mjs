/** A web shop in which something is wrong: the parts of the topologies in this folder. */
import { BasicBolt, fields, Spout } from 'typhoon'
import { ReliableSpout } from 'typhoon/components'

const COUNTRIES = ['at', 'be', 'ch', 'cz', 'dk', 'es', 'fi', 'fr', 'it', 'nl', 'no', 'pl', 'pt', 'se']

/** Orders as they come in, so many in a second. */
export class Orders extends Spout {
  outputs = fields('order', 'country', 'cents')
  #perSecond
  #shareOfOne
  #beganMs
  #emitted = 0
  #collector

  /** @param shareOfOne the part of all orders that comes from one country, 0 to 1 */
  constructor(perSecond, shareOfOne = 0) {
    super()
    this.#perSecond = perSecond
    this.#shareOfOne = shareOfOne
  }

  open(_context, collector) {
    this.#collector = collector
    this.#beganMs = performance.now()
  }

  nextTuple() {
    const due = ((performance.now() - this.#beganMs) / 1000) * this.#perSecond
    for (let left = Math.min(100, due - this.#emitted); left >= 1; left--) this.#emit()
  }

  #emit() {
    const order = this.#emitted++
    const isOfOne = (order * 0.618034) % 1 < this.#shareOfOne
    const country = isOfOne ? 'de' : COUNTRIES[order % COUNTRIES.length]
    this.#collector.emit([order, country, 100 + (order % 9900)], order)
  }
}

/** Orders as lines of JSON; what has failed comes again, until it is given up. */
export class OrderLines extends ReliableSpout {
  outputs = fields('line')
  #next = 0

  produce() {
    const order = this.#next++
    // Somebody has typed one in by hand.
    const price = order % 100_000 === 273 ? '1.299,00' : (1 + (order % 9900) / 100).toFixed(2)
    const country = COUNTRIES[order % COUNTRIES.length]
    this.emit([JSON.stringify({ order, country, price })], order)
  }

  isInputExhausted() {
    return false
  }
}

/** Orders from a queue that fills by itself, at 500 in a second. */
export class OrderQueue extends Spout {
  outputs = fields('order', 'country', 'cents')
  #beganMs
  #taken = 0
  #takenMs = 0
  #collector

  open(_context, collector) {
    this.#collector = collector
    this.#beganMs = performance.now()
  }

  /** It takes a page of orders, and waits before it takes the next. */
  nextTuple() {
    const now = performance.now()
    if (now - this.#takenMs < 100) return
    this.#takenMs = now
    const page = Math.min(20, this.#come - this.#taken)
    for (let left = page; left > 0; left--) {
      const order = this.#taken++
      this.#collector.emit([order, COUNTRIES[order % COUNTRIES.length], 100 + (order % 9900)], order)
    }
  }

  backlog() {
    return { records: this.#come - this.#taken }
  }

  get #come() {
    return Math.floor((performance.now() - this.#beganMs) / 2)
  }
}

/** Looks whether an order may be fraud, and takes its time. */
export class Check extends BasicBolt {
  outputs = fields('order', 'country', 'cents')

  execute({ values }, collector) {
    const until = performance.now() + 8
    while (performance.now() < until);
    collector.emit([...values])
  }
}

/** Reads an order from a line of JSON. */
export class Parse extends BasicBolt {
  outputs = fields('order', 'country', 'cents')

  execute({ values: [line] }, collector) {
    const { order, country, price } = JSON.parse(line)
    if (!/^\d+\.\d\d$/.test(price)) throw new Error(`the price of order ${order} is no price: ${price}`)
    collector.emit([order, country, Math.round(Number(price) * 100)])
  }
}

/** The turnover of each country. */
export class Turnover extends BasicBolt {
  outputs = fields('country', 'cents')
  #cents = new Map()

  execute({ values: [, country, cents] }, collector) {
    const sum = (this.#cents.get(country) ?? 0) + cents
    this.#cents.set(country, sum)
    collector.emit([country, sum])
  }
}

/** Leaves out orders that have come before. */
export class Distinct extends BasicBolt {
  outputs = fields('order', 'country', 'cents')
  #seen = new Map()

  execute({ values }, collector) {
    const [order] = values
    if (this.#seen.has(order)) return
    // It keeps the whole receipt, for ever.
    this.#seen.set(
      order,
      Array.from({ length: 500 }, (_, line) => order + line),
    )
    collector.emit([...values])
  }
}
