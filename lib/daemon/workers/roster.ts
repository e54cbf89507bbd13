/** What a run knows of its workers: the plan that they follow, present incarnations, their links, how far they are. */

import type { Problem } from '../../errors/typhoon-error.ts'
import type { DefinitionSource, LevelWanted, Sentence, ToWorker } from '../../messaging/control.ts'
import { encodeFrame } from '../../messaging/frames.ts'
import type { Identity, Link } from '../../messaging/link.ts'
import { type Plan, tasksIn } from '../../scheduler/plan.ts'
import type { Incarnation, TaskId, WorkerId } from '../../tuple/ids.ts'

/** The present incarnation of a worker. */
export interface Known {
  readonly worker: WorkerId
  readonly incarnation: Incarnation
  link?: Link
  /** Where it listens; set when it has its assignment. */
  address?: string
  /** The task whose `open` or `prepare` was called last; 0 where all have returned, undefined where none was called. */
  preparing?: TaskId
  /** Those that it was assigned with. */
  logLevels?: readonly LevelWanted[]
  /** It lived before this nimbus did, and has its assignment. */
  readonly isAdopted: boolean
  ready: boolean
  exhausted: boolean
  stopped: boolean
}

export class Roster {
  readonly #workers = new Map<WorkerId, Known>()
  /** Peers of workers that were taken over, to which a link was lost meanwhile: not all have heard of that. */
  readonly lostBefore = new Set<WorkerId>()
  #plan: Plan

  constructor(plan: Plan) {
    this.#plan = plan
  }

  /** Says which workers there must be. */
  get plan(): Plan {
    return this.#plan
  }

  /** From now on there must be the workers of another plan; those until now have left. */
  follow(plan: Plan): void {
    this.#plan = plan
    this.#workers.clear()
  }

  get(worker: WorkerId): Known | undefined {
    return this.#workers.get(worker)
  }

  started(worker: WorkerId, incarnation: Incarnation, isAdopted = false): void {
    this.#workers.set(worker, { worker, incarnation, isAdopted, ready: false, exhausted: false, stopped: false })
  }

  /** What was known of an incarnation that has died, before it is forgotten. */
  died(worker: WorkerId): Known {
    const known = this.#workers.get(worker)!
    const before = { ...known }
    delete known.link
    delete known.address
    delete known.preparing
    known.ready = false
    known.exhausted = false
    return before
  }

  /** Only the present incarnation of a worker may come in, and only once. */
  refusal(peer: Identity): Problem | undefined {
    const known = this.#workers.get(peer.worker)
    if (known?.incarnation === peer.incarnation && known.link === undefined) return undefined
    const message = `incarnation ${peer.incarnation} of worker ${peer.worker} is not expected`
    return { code: 'REFUSED', message, where: { worker: peer.worker } }
  }

  /** It is still the present incarnation, and its link to the nimbus stands. */
  isLinked(worker: WorkerId, incarnation: Incarnation): boolean {
    const known = this.#workers.get(worker)
    return known?.incarnation === incarnation && known.link !== undefined
  }

  get allReady(): boolean {
    return this.#workers.size === this.#plan.workers.length && this.#every((known) => known.ready)
  }

  get allExhausted(): boolean {
    return this.allReady && this.#every((known) => known.exhausted)
  }

  get late(): Known[] {
    return [...this.#workers.values()].filter((known) => !known.ready)
  }

  /** The workers that have their assignment, and hear what is said to all. */
  get assigned(): WorkerId[] {
    const all = [...this.#workers.values()]
    return all.filter(({ link, address }) => link !== undefined && address !== undefined).map(({ worker }) => worker)
  }

  /** The workers that no message reaches. */
  get unlinked(): WorkerId[] {
    return [...this.#workers.values()].filter((known) => known.link === undefined).map((known) => known.worker)
  }

  /**
   * Its plan, with what its tasks asked to keep before, the snapshot that they go on from, and what is known of tuples
   * that end workers.
   */
  assign(
    known: Known,
    source: DefinitionSource,
    checkpoints: ReadonlyMap<TaskId, unknown>,
    restore: {
      readonly snapshot?: number
      readonly allowsDropped?: boolean
      readonly watched?: boolean
      readonly sentences?: readonly Sentence[]
      readonly logLevels?: readonly LevelWanted[]
    },
  ): void {
    for (const task of tasksIn(this.#plan, known.worker)) {
      const value = checkpoints.get(task)
      if (value !== undefined) this.send(known, { type: 'restore', task, value })
    }
    this.send(known, { type: 'assign', source, plan: this.#plan, ...restore })
  }

  send(known: Known, message: ToWorker<Plan>): void {
    known.link?.send(encodeFrame({ kind: 'control', message }))
  }

  /** Sends to one that has its assignment. @returns false where it hears nothing now */
  tell(worker: WorkerId, message: ToWorker<Plan>): boolean {
    const known = this.get(worker)
    if (known?.link === undefined || known.address === undefined) return false
    this.send(known, message)
    return true
  }

  /** Sends to every worker that has its assignment; `stop` to the others, too. */
  broadcast(message: ToWorker<Plan>): void {
    for (const known of this.#workers.values()) {
      if (known.address !== undefined || message.type === 'stop') this.send(known, message)
    }
  }

  /** Asks every worker; false where not all of them can answer now. */
  ask(question: ToWorker<Plan>): boolean {
    if (!this.allReady) return false
    this.broadcast(question)
    return true
  }

  /**
   * What times out now may wait for one of the silent, or for one that is being started: it costs no attempt. While one
   * is blocked nothing times out.
   */
  tellSilent({
    silent,
    blocked,
  }: {
    readonly silent: readonly WorkerId[]
    readonly blocked: readonly WorkerId[]
  }): void {
    this.broadcast({
      type: 'silent',
      workers: [...new Set([...silent, ...this.late.map(({ worker }) => worker)])],
      blocked,
    })
  }

  /** Tells everybody where everybody listens. */
  sendMesh(): void {
    const workers = [...this.#workers.values()].flatMap(({ worker, incarnation, address }) =>
      address === undefined ? [] : [{ worker, incarnation, address }],
    )
    this.broadcast({ type: 'mesh', workers })
  }

  #every(holds: (known: Known) => boolean): boolean {
    return [...this.#workers.values()].every(holds)
  }
}
