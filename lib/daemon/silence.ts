/**
 * Notices workers that say nothing: stopped processes, frozen machines, cables that carry nothing. A process that was
 * merely slow or blocked is none: its watching thread speaks for it. What times out for a silent worker costs no tuple
 * an attempt; one that stays silent is named, then ended, and started again.
 *
 * The law: looks are counted, not time. Whoever stood still himself has looked at nobody, and takes nobody for silent.
 */
import type { Problem } from '../errors/typhoon-error.ts'
import type { ResolvedConfig } from '../topology/config.ts'
import { lookMs } from '../topology/message-timeout.ts'
import type { WorkerId } from '../tuple/ids.ts'
import type { Clock } from '../util/clock.ts'

/** Looks without a word after which a worker is silent. It speaks twice between two looks at least. */
const SILENT_LOOKS = 2

export interface SilencePorts {
  readonly clock: Clock
  readonly config: ResolvedConfig
  /** A worker became silent, or none of these is any more. */
  onChange(): void
  onProblem(problem: Problem, worker: WorkerId): void
  /** Has been silent for too long. */
  end(worker: WorkerId): void
}

export class Silence {
  readonly #ports: SilencePorts
  readonly #lookMs: number
  readonly #nameLooks: number
  readonly #endLooks: number
  /** By worker: looks since it was heard. */
  readonly #looks = new Map<WorkerId, number>()
  #cancel: () => void = () => {}

  constructor(ports: SilencePorts) {
    this.#ports = ports
    const { config } = ports
    this.#lookMs = lookMs(config)
    const timeoutLooks = (config['topology.worker.timeout.secs'] * 1000) / this.#lookMs
    this.#endLooks = Math.max(SILENT_LOOKS + 1, Math.ceil(timeoutLooks))
    this.#nameLooks = Math.max(SILENT_LOOKS, Math.floor(timeoutLooks / 2))
  }

  /** From now on this worker is to be heard. */
  watch(worker: WorkerId): void {
    if (this.#looks.size === 0) this.#lookLater()
    this.#looks.set(worker, 0)
  }

  heard(worker: WorkerId): void {
    const looks = this.#looks.get(worker)
    if (looks === undefined || looks === 0) return
    this.#looks.set(worker, 0)
    if (looks >= SILENT_LOOKS) this.#ports.onChange()
  }

  /** The worker is gone. */
  forget(worker: WorkerId): void {
    const looks = this.#looks.get(worker) ?? 0
    this.#looks.delete(worker)
    if (this.#looks.size === 0) this.#cancel()
    if (looks >= SILENT_LOOKS) this.#ports.onChange()
  }

  stop(): void {
    this.#looks.clear()
    this.#cancel()
  }

  /** Those that have said nothing for a while. */
  get silent(): WorkerId[] {
    return [...this.#looks].filter(([, looks]) => looks >= SILENT_LOOKS).map(([worker]) => worker)
  }

  #lookLater(): void {
    const due = this.#ports.clock.now() + this.#lookMs
    this.#cancel = this.#ports.clock.after(this.#lookMs, () => {
      const lateMs = this.#ports.clock.now() - due
      if (lateMs > SILENT_LOOKS * this.#lookMs) this.#ports.onProblem(stoodStill(lateMs), 0)
      for (const worker of [...this.#looks.keys()]) this.#look(worker)
      this.#lookLater()
    })
  }

  #look(worker: WorkerId): void {
    const looks = this.#looks.get(worker)! + 1
    this.#looks.set(worker, looks)
    if (looks === SILENT_LOOKS) this.#ports.onChange()
    if (looks === this.#nameLooks) this.#ports.onProblem(this.#problem(worker), worker)
    if (looks === this.#endLooks) this.#ports.end(worker)
  }

  #problem(worker: WorkerId): Problem {
    const seconds = this.#ports.config['topology.worker.timeout.secs']
    return {
      code: 'WORKER_SILENT',
      message: `worker ${worker} says nothing, and neither does its watching thread; after ${seconds} s it is ended and started again`,
      where: { worker },
      hint: 'is its process stopped (kill -CONT), or the machine out of memory or asleep?',
    }
  }
}

/** The nimbus itself. */
function stoodStill(ms: number): Problem {
  return {
    code: 'WORKER_SILENT',
    message: `this process stood still for ${(ms / 1000).toFixed(1)} s; its workers went on, and what timed out meanwhile is sent again without costing an attempt`,
    where: {},
    hint: 'was it stopped (Ctrl-Z, kill -STOP), or was the machine asleep?',
  }
}
