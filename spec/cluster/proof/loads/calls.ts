/**
 * A function that a topology on the hosts of a cluster answers, called on every host all the time, one call after the
 * other. A call may fail while something is lost; what is answered is right, always.
 */
import { join } from 'node:path'
import type { Load } from '../figures.ts'
import { until } from '../hosts/daemon.ts'
import type { HostCluster } from '../hosts/host-cluster.ts'
import type { NetHost } from '../hosts/namespaces.ts'
import { makeProject } from './project.ts'

const TOPOLOGY = `
import { BasicBolt, fields, string } from 'typhoon'
import { LinearDRPCTopologyBuilder } from 'typhoon/drpc'

class Exclaim extends BasicBolt {
  outputs = fields({ request: string, answer: string })
  execute(tuple, collector) {
    collector.emit({ request: tuple.get('request'), answer: tuple.get('args') + '!' })
  }
}

const builder = new LinearDRPCTopologyBuilder('exclaim')
builder.addBolt(() => new Exclaim(), 3)
export default builder.createRemoteTopology()
`
const PORT = 3775
const PAUSE_MS = 100

export class Calls implements Load {
  readonly name = 'DRPC'
  readonly #cluster: HostCluster
  readonly #folder: string
  /** How many calls of each host have been answered rightly. */
  readonly #right = new Map<NetHost, number>()
  readonly #wrong: string[] = []
  #calls = 0
  #failed = 0
  #isOver = false

  constructor(cluster: HostCluster, folder: string) {
    this.#cluster = cluster
    this.#folder = join(folder, 'calls')
    makeProject(this.#folder, { 'exclaim.mjs': TOPOLOGY })
  }

  /** Settles when each host has been answered. */
  async begin(): Promise<void> {
    const config = ['-c', `drpc.http.port=${PORT}`, '-c', 'topology.workers=3']
    await this.#cluster.ask('submit', join(this.#folder, 'exclaim.mjs'), '--name', 'exclaim', ...config)
    for (const host of this.#cluster.hosts) void this.#call(host)
    await this.works()
  }

  output(): number {
    return [...this.#right.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Settles when a call that begins now is answered on each host. */
  async works(): Promise<void> {
    const before = new Map(this.#right)
    // The first one may have begun before.
    const isAnswered = (host: NetHost): boolean => (this.#right.get(host) ?? 0) >= (before.get(host) ?? 0) + 2
    await until('calls are answered on each host', () => this.#cluster.hosts.every(isAnswered))
  }

  async compare(): Promise<string> {
    this.stop()
    const wrong = this.#wrong.length === 0 ? 'none wrongly' : this.#wrong[0]
    console.log(`DRPC: of ${this.#calls} calls ${this.output()} were answered, ${wrong}, and ${this.#failed} failed`)
    return this.#wrong.join('\n')
  }

  stop(): void {
    this.#isOver = true
  }

  async #call(host: NetHost): Promise<void> {
    while (!this.#isOver) {
      const given = `call ${++this.#calls}`
      const url = `http://127.0.0.1:${PORT}/drpc/exclaim`
      const said = await this.#cluster.net.output(host, ['curl', '-s', '-f', '-m', '5', '-d', given, url])
      if (said === undefined) this.#failed++
      else if (said === `${given}!`) this.#right.set(host, (this.#right.get(host) ?? 0) + 1)
      else this.#wrong.push(`${said} in answer to ${given}`)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}
