/** The spout tasks of one worker, and what the nimbus tells them. */

import { RootNames } from '../../executor/spout/root-names.ts'
import type { SpoutExecutor } from '../../executor/spout/spout-executor.ts'
import { Trials } from '../../executor/spout/trials.ts'
import type { FromWorker, ToWorker } from '../../messaging/control.ts'
import type { Positions } from '../../topology/component/component.ts'
import { type ComponentId, type Incarnation, NIMBUS, type TaskId, type WorkerId } from '../../tuple/ids.ts'
import { withPlace } from '../report/thrown.ts'

/** What goes to spouts alone. */
export type ToSpouts = Extract<
  ToWorker,
  {
    readonly type:
      | 'activate'
      | 'deactivate'
      | 'drain'
      | 'silent'
      | 'lost'
      | 'trials'
      | 'let-go'
      | 'go-on'
      | 'condemn'
      | 'condemn-root'
  }
>

/** Where a spout stood when a snapshot was taken. */
export interface RestoredPositions {
  /** Of all its partitions, by name. */
  readonly positions: Positions
  /** How many tasks it had then. */
  readonly tasks: number
}

/** How they reach the nimbus. */
interface ToNimbus {
  send(message: FromWorker<never>): void
  /** Sends what this worker has counted. */
  report(): void
}

export class Spouts {
  readonly #all: readonly SpoutExecutor[]
  readonly #incarnation: Incarnation
  readonly #nimbus: ToNimbus
  /** A worker that the nimbus takes for silent. */
  #silent: WorkerId | undefined
  #nimbusIsSilent = false

  constructor(all: readonly SpoutExecutor[], incarnation: Incarnation, nimbus: ToNimbus) {
    this.#incarnation = incarnation
    this.#all = all
    this.#nimbus = nimbus
  }

  handle(message: ToSpouts): void {
    switch (message.type) {
      case 'activate':
        for (const spout of this.#all) spout.activate()
        break
      case 'deactivate':
        this.deactivate()
        break
      case 'drain':
        for (const spout of this.#all) spout.drain()
        break
      case 'silent':
        this.#silent = message.workers[0]
        this.#tellSilent()
        for (const spout of this.#all) spout.verdicts.waitsForBlocked = message.blocked.length > 0
        break
      case 'lost':
        for (const spout of this.#all) spout.verdicts.failAll({ kind: 'worker lost', worker: message.worker })
        break
      case 'trials':
        for (const spout of this.#all) spout.staging.setTrials(message.on ? this.#trialsOf(spout.task) : undefined)
        break
      case 'let-go':
        this.#of(message.task)?.staging.letGo(message.trial, message.count)
        break
      case 'go-on':
        this.#of(message.task)?.staging.goOn(message.trial)
        break
      case 'condemn':
        this.#of(message.task)?.staging.condemn(message.worker, message.names, message.how)
        this.#nimbus.report()
        this.#nimbus.send({ type: 'condemned', task: message.task })
        break
      case 'condemn-root':
        this.#condemnRoot(message)
        break
    }
  }

  /** The nimbus says nothing now, or speaks again. */
  setNimbusSilent(silent: boolean): void {
    this.#nimbusIsSilent = silent
    this.#tellSilent()
  }

  #tellSilent(): void {
    const silent = this.#silent ?? (this.#nimbusIsSilent ? NIMBUS : undefined)
    for (const spout of this.#all) spout.verdicts.silentWorker = silent
  }

  deactivate(): void {
    for (const spout of this.#all) spout.deactivate()
  }

  /** Each goes back to where a snapshot was taken. @throws STATE_FOREIGN; what a spout throws (rejects) */
  async seek(restored: ReadonlyMap<ComponentId, RestoredPositions>): Promise<void> {
    for (const spout of this.#all) {
      const found = restored.get(spout.component)
      if (found === undefined) continue
      try {
        await spout.seek(found.positions, found.tasks)
      } catch (error) {
        throw withPlace(error, spout.component, spout.task)
      }
    }
  }

  /** None will emit again, as far as it knows. */
  get areExhausted(): boolean {
    return this.#all.every((spout) => spout.exhausted)
  }

  /** None emits anything now. */
  get areIdle(): boolean {
    return this.#all.every((spout) => spout.exhausted || !spout.active)
  }

  #condemnRoot({ task, high, low, worker, how }: Extract<ToSpouts, { readonly type: 'condemn-root' }>): void {
    this.#of(task)?.verdicts.failInFlight(high, low, { kind: 'worker lost', worker, poison: true, error: how })
    this.#nimbus.report()
  }

  #of(task: TaskId): SpoutExecutor | undefined {
    return this.#all.find((spout) => spout.task === task)
  }

  #trialsOf(task: TaskId): Trials {
    const names = new RootNames(this.#incarnation)
    return new Trials({
      namesOf: (roots) => names.of(roots),
      ask: (roots) => this.#nimbus.send({ type: 'staged', task, roots }),
      sent: (trial, lows) => this.#nimbus.send({ type: 'sent', task, trial, lows }),
      settled: (trial, cleared) => this.#nimbus.send({ type: 'settled', task, trial, cleared }),
    })
  }
}
