/**
 * Notices workers that say nothing: stopped processes, frozen machines, cables that carry nothing. A process that was
 * merely slow or blocked does not count: its watching thread speaks for it. What times out for a silent worker costs no
 * tuple an attempt; one that stays silent is named, then ended, and started again.
 *
 * What went to a worker or over a link while that was silent needs its time when it is heard again: it counts as silent
 * for a message timeout longer.
 *
 * The law: looks are counted, not time, and what has come is read before each. A process that stood still itself has
 * not looked at any worker, and takes none for silent.
 */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import { lookMs, SILENT_LOOKS } from '../../topology/config/message-timeout.ts'
import { NIMBUS, type WorkerId } from '../../tuple/ids.ts'
import type { Clock } from '../../util/time/clock.ts'

/** So much longer may a process say nothing until its modules are loaded, on a machine that is busy. */
const FIRST_WORD_MS = 10_000

/** A worker, and another one of which it hears nothing. */
interface SilentLink {
  readonly worker: WorkerId
  readonly peer: WorkerId
}

export interface SilencePorts {
  readonly clock: Clock
  readonly config: ResolvedConfig
  /** A worker or a link became silent, or is so no more. */
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
  readonly #recoveryLooks: number
  readonly #firstWordLooks: number
  /** Looks since each worker was heard; below 0 for one that has yet to say its first word, and has longer for it. */
  readonly #looks = new Map<WorkerId, number>()
  readonly #links = new Map<string, SilentLink>()
  /** For each worker that was silent and is heard again: looks for which it still counts as silent. */
  readonly #recovering = new Map<WorkerId, number>()
  readonly #blocked = new Set<WorkerId>()
  #cancel: () => void = () => {}

  constructor(ports: SilencePorts) {
    this.#ports = ports
    const { config } = ports
    this.#lookMs = lookMs(config)
    this.#recoveryLooks = Math.ceil((config['topology.message.timeout.secs'] * 1000) / this.#lookMs) + 1
    const timeoutLooks = (config['topology.worker.timeout.secs'] * 1000) / this.#lookMs
    this.#endLooks = Math.max(SILENT_LOOKS + 1, Math.ceil(timeoutLooks))
    this.#firstWordLooks = Math.ceil(FIRST_WORD_MS / this.#lookMs)
    this.#nameLooks = Math.max(SILENT_LOOKS, Math.floor(timeoutLooks / 2))
  }

  /** It was started, and is to be heard from now on. */
  expect(worker: WorkerId): void {
    if (this.#looks.size === 0) this.#lookLater()
    this.#looks.set(worker, -this.#firstWordLooks)
  }

  /** It speaks for itself, so its event loop turns. */
  heard(worker: WorkerId): void {
    this.#noteSign(worker)
    if (this.#blocked.delete(worker)) this.#ports.onChange()
  }

  #noteSign(worker: WorkerId): void {
    const looks = this.#looks.get(worker)
    if (looks === undefined || looks === 0) return
    this.#looks.set(worker, 0)
    if (looks >= SILENT_LOOKS) this.#recovering.set(worker, this.#recoveryLooks)
  }

  /** A worker hears nothing of another one, or hears it again. */
  setLink(worker: WorkerId, peer: WorkerId, silent: boolean): void {
    const key = `${worker} ${peer}`
    if (silent) {
      this.#links.set(key, { worker, peer })
      this.#ports.onChange()
    } else if (this.#links.delete(key)) this.#recovering.set(peer, this.#recoveryLooks)
  }

  /**
   * Its watching thread says that its event loop is blocked, and that is why its links carry nothing. What it executes
   * would come again for ever if its timeout cost no attempt, and what waits behind that cannot show that it lives: so
   * nothing times out until the loop goes on, or the worker is ended.
   */
  setBlocked(worker: WorkerId): void {
    this.#noteSign(worker)
    this.#recovering.delete(worker)
    for (const [key, { peer }] of this.#links) if (peer === worker) this.#links.delete(key)
    if (this.#blocked.has(worker)) return
    this.#blocked.add(worker)
    this.#ports.onChange()
  }

  /** The worker is gone. */
  forget(worker: WorkerId): void {
    for (const [key, link] of this.#links) if (link.worker === worker || link.peer === worker) this.#links.delete(key)
    this.#looks.delete(worker)
    this.#recovering.delete(worker)
    this.#blocked.delete(worker)
    if (this.#looks.size === 0) this.#cancel()
    this.#ports.onChange()
  }

  stop(): void {
    this.#looks.clear()
    this.#links.clear()
    this.#recovering.clear()
    this.#blocked.clear()
    this.#cancel()
  }

  /** Those that have said nothing for a while, to this process or to another worker. */
  get silent(): WorkerId[] {
    const workers = [...this.#looks].filter(([, looks]) => looks >= SILENT_LOOKS).map(([worker]) => worker)
    return [...workers, ...[...this.#links.values()].map(({ peer }) => peer), ...this.#recovering.keys()]
  }

  /** Those whose event loop stands still, as their watching threads say. */
  get blocked(): WorkerId[] {
    return [...this.#blocked]
  }

  #lookLater(): void {
    const due = this.#ports.clock.now() + this.#lookMs
    this.#cancel = this.#ports.clock.after(this.#lookMs, () => {
      const lateMs = this.#ports.clock.now() - due
      if (lateMs > SILENT_LOOKS * this.#lookMs) this.#ports.onProblem(stoodStill(lateMs), NIMBUS)
      this.#lookLater()
      this.#ports.clock.soon(() => {
        for (const worker of [...this.#looks.keys()]) this.#look(worker)
        this.#recover()
      })
    })
  }

  #recover(): void {
    for (const [worker, looks] of this.#recovering) {
      if (looks > 1) this.#recovering.set(worker, looks - 1)
      else this.#recovering.delete(worker)
      if (looks === 1) this.#ports.onChange()
    }
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
