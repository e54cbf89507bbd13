/**
 * Finds what does not fit in a stream of measurements, in Python: 30,000 seeded readings of three sensors, each with
 * ten spikes; a bolt in Python keeps a window of the last readings of each sensor and emits those that are more than
 * six standard deviations off.
 *
 *     typhoon run topologies/anomalies.ts
 *     typhoon run topologies/anomalies.ts --set output=anomalies.tsv
 */
import { fields, number, string, TopologyBuilder, type TopologyFunction } from 'typhoon'
import { CountBolt, FileSinkBolt, LogBolt, ReliableSpout } from 'typhoon/components'
import { ShellBolt } from 'typhoon/multilang'

interface Reading {
  sensor: string
  at: number
  celsius: number
}

interface Anomaly extends Reading {
  score: number
}

const SENSORS = ['boiler', 'cellar', 'roof']
const READINGS = 10_000
const SPIKE_EVERY = 1000
const SPIKE_CELSIUS = 30

/** So many readings of each sensor in turn; the same ones at each run. */
export class SensorSpout extends ReliableSpout<Reading, number> {
  override readonly outputs = fields({ sensor: string, at: number, celsius: number })
  readonly #readings: number
  #count = 0
  #seed = 1

  constructor(readings: number) {
    super()
    this.#readings = readings
  }

  protected override produce(): void {
    const at = Math.floor(this.#count / SENSORS.length)
    const noise = this.#random() + this.#random() + this.#random() + this.#random() - 2
    const spike = at % SPIKE_EVERY === SPIKE_EVERY / 2 ? SPIKE_CELSIUS : 0
    const sensor = SENSORS[this.#count % SENSORS.length]!
    this.emit({ sensor, at, celsius: 20 + noise + spike }, this.#count)
    this.#count++
  }

  protected override isInputExhausted(): boolean {
    return this.#count >= this.#readings * SENSORS.length
  }

  /** Uniform in [0, 1): a linear congruential generator. */
  #random(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647
    return this.#seed / 2_147_483_647
  }
}

const topology: TopologyFunction = ({ config, variables }) => {
  const builder = new TopologyBuilder('anomalies', config)
  const perSensor = Number(variables['readings'] ?? READINGS)
  const readings = builder.setSpout('readings', () => new SensorSpout(perSensor))
  const python = ['python3', 'resources/anomalies.py']
  const outputs = fields({ sensor: string, at: number, celsius: number, score: number })
  const detect = builder
    .setBolt('detect', () => new ShellBolt<Reading, Anomaly>(python, { outputs }), 2)
    .fieldsGrouping(readings, ['sensor'])
  const count = builder.setBolt('count', () => new CountBolt({ field: 'sensor', emit: 'end' })).globalGrouping(detect)
  builder.setBolt('log', () => new LogBolt()).globalGrouping(count)
  builder.setBolt('output', () => new FileSinkBolt(variables['output'] ?? '')).globalGrouping(detect)
  return builder.createTopology()
}

export default topology
