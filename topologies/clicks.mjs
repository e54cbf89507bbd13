/** The source of clicks.yaml: what visitors of a site click on, out of a seed, in the order in which it arrives. */
import { fields, Spout } from 'typhoon'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const START = Date.UTC(2026, 2, 1)
const PAGES = ['/', '/search', '/item', '/basket', '/payment', '/help']
/** A click is under way for less than this: the lag of clicks.yaml. */
const SLOWEST_MS = 5 * MINUTE_MS

/** The clicks of so many visitors, by arrival. */
export function clicks(visitors) {
  let seed = 7
  const random = () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return seed / 4_294_967_296
  }
  const all = []
  for (let number = 1; number <= visitors; number++) {
    let at = START + Math.floor(random() * DAY_MS)
    for (let left = 1 + Math.floor(random() * 40); left > 0; left--) {
      const page = PAGES[Math.floor(random() * PAGES.length)]
      all.push({ visitor: `visitor ${number}`, page, at, arrivesAt: at + random() * SLOWEST_MS })
      // One click in ten is the first after a while.
      at += Math.floor(random() * (random() < 0.1 ? 180 : 5) * MINUTE_MS)
    }
  }
  return all.sort((a, b) => a.arrivesAt - b.arrivesAt)
}

/** Emits them once. */
export class Clicks extends Spout {
  outputs = fields('visitor', 'page', 'at')
  #clicks
  #next = 0
  #collector

  constructor(visitors) {
    super()
    this.#clicks = clicks(visitors)
  }

  open(_context, collector) {
    this.#collector = collector
  }

  nextTuple() {
    const click = this.#clicks[this.#next]
    if (click === undefined) return
    this.#next++
    this.#collector.emit(click)
  }

  position() {
    return { all: this.#next }
  }

  seek({ all }) {
    this.#next = all
  }

  isExhausted() {
    return this.#next >= this.#clicks.length
  }
}
