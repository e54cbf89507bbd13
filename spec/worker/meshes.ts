/** Meshes of several workers over one simulated network; the task n lives in the worker n. */

import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import type { MeshEntry } from '../../lib/messaging/control.ts'
import { SimulatedNetwork } from '../../lib/testing/network/simulated-network.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { type ConfigMap, resolveConfig } from '../../lib/topology/config/config.ts'
import { fields } from '../../lib/tuple/fields.ts'
import { Tuple, type TupleSource } from '../../lib/tuple/tuple.ts'
import { Prng } from '../../lib/util/prng.ts'
import { Mesh } from '../../lib/worker/links/mesh.ts'

const RUN = 'run'

export function source(task: number): TupleSource {
  return { component: 'c', task, stream: 'default', fields: fields('value'), streamIndex: 0 }
}

export interface TestMesh {
  readonly worker: number
  readonly incarnation: number
  readonly address: string
  readonly mesh: Mesh
  /** Values by sending worker. */
  readonly got: Map<number, unknown[]>
  readonly congested: [readonly number[], boolean][]
  readonly full: [number, boolean][]
  readonly lost: { worker: number; incarnation: number; code: string }[]
  /** The workers that were not heard on links that broke. */
  readonly unheard: (number | undefined)[]
  /** Tasks of this worker that are congested. */
  readonly own: number[]
  /** Sends a value to a worker; it leaves with the next flush. */
  send(worker: number, value: unknown): void
}

export class Meshes {
  readonly clock = new SimulatedClock()
  readonly network: SimulatedNetwork
  readonly random: Prng
  readonly #workers: readonly number[]
  readonly #config: ConfigMap
  readonly #entries = new Map<number, MeshEntry>()
  readonly #alive = new Map<number, TestMesh>()

  constructor(
    workers: number,
    options: {
      seed?: number
      delayMs?: { min: number; max: number }
      loss?: number
      damage?: number
      config?: ConfigMap
    } = {},
  ) {
    this.#workers = Array.from({ length: workers }, (_, index) => index + 1)
    this.#config = options.config ?? {}
    this.random = new Prng(options.seed ?? 1)
    this.network = new SimulatedNetwork({
      clock: this.clock,
      prng: this.random,
      delayMs: options.delayMs ?? { min: 1, max: 1 },
      loss: options.loss ?? 0,
      damage: options.damage ?? 0,
    })
  }

  /** A new incarnation of a worker that listens; nobody is told of it yet. */
  async start(worker: number): Promise<TestMesh> {
    const incarnation = (this.#entries.get(worker)?.incarnation ?? 0) + 1
    const made = {
      worker,
      incarnation,
      got: new Map(),
      congested: [],
      full: [],
      lost: [],
      unheard: [],
      own: [],
    } as unknown as {
      -readonly [K in keyof TestMesh]: TestMesh[K]
    }
    made.mesh = new Mesh(this.#workers, {
      clock: this.clock,
      network: this.network,
      identity: { run: RUN, worker, incarnation },
      config: resolveConfig(this.#config),
      sourceOf: (task, streamIndex) => (streamIndex === 0 ? source(task) : undefined),
      workerOf: (task) => Number(task),
      deliver: (target, tuple) => {
        if (target !== worker) throw new TyphoonError('BAD_FRAME', `the task ${target} does not live in this worker`)
        const from = made.got.get(tuple.sourceTask) ?? []
        made.got.set(tuple.sourceTask, from)
        from.push(tuple.values[0])
      },
      onMark: () => {},
      congestedTasks: () => made.own,
      onCongestion: (tasks, congested) => made.congested.push([tasks, congested]),
      onFull: (to, full) => made.full.push([to, full]),
      onSilent: () => {},
      onLost: (peer, of, { code, where }) => {
        made.lost.push({ worker: peer, incarnation: of, code })
        made.unheard.push(where.worker)
      },
      onTrouble: () => {},
      onLinked: () => {},
    })
    made.send = (to, value) => made.mesh.send(to, new Tuple([value], source(worker), 0, 0, 0, 0, 0, undefined))
    made.address = await made.mesh.listen(0)
    this.#entries.set(worker, { worker, incarnation, address: made.address })
    this.#alive.set(worker, made)
    return made
  }

  async startAll(): Promise<TestMesh[]> {
    const meshes: TestMesh[] = []
    for (const worker of this.#workers) meshes.push(await this.start(worker))
    this.tellAll()
    await this.clock.advance(50)
    return meshes
  }

  /** Tells a worker, or all, who there is. */
  tellAll(): void {
    for (const { mesh } of this.#alive.values()) mesh.update([...this.#entries.values()])
  }

  crash(worker: number): void {
    this.network.crash(worker)
    this.#alive.delete(worker)
  }

  /** Everybody flushes and pulses, and so much time passes. */
  async go(ms = 50): Promise<void> {
    for (const { mesh } of this.#alive.values()) {
      mesh.flush()
      mesh.pulse()
    }
    await this.clock.advance(ms)
  }
}
