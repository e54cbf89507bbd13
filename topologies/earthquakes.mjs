/** The source of earthquakes.yaml: a week of earthquakes, in the order in which they were reported last. */
import { readFileSync } from 'node:fs'
import { fields } from 'typhoon'
import { ReliableSpout } from 'typhoon/components'

/** Emits the earthquakes of a file of GeoJSON, as the United States Geological Survey publishes them. */
export class Earthquakes extends ReliableSpout {
  outputs = fields('place', 'magnitude', 'time')
  #file
  #least
  #quakes = []
  #next = 0

  /** @param least magnitude */
  constructor(file, least = 0) {
    super()
    this.#file = file
    this.#least = least
  }

  async open(context, collector) {
    await super.open(context, collector)
    const { features } = JSON.parse(readFileSync(this.#file, 'utf8'))
    this.#quakes = features
      .map(({ properties }) => properties)
      .filter(({ mag }) => mag !== null && mag >= this.#least)
      .sort((a, b) => a.updated - b.updated)
  }

  produce() {
    const quake = this.#quakes[this.#next]
    if (quake !== undefined) this.emit([quake.place, quake.mag, quake.time], this.#next++)
  }

  isInputExhausted() {
    return this.#next >= this.#quakes.length
  }
}
