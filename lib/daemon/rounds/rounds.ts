/**
 * Takes the snapshots of a run, one after the other: orders a round, gathers the parts of all workers, writes the
 * manifest, and tells everybody that it is complete. The next round begins when all have committed the last one.
 *
 *     resting ──time──▶ taking ──all parts──▶ writing ──manifest──▶ committing ──all committed──▶ resting
 *        ▲                │ a part fails         │ it fails
 *        └────────────────┴──────────────────────┘ (given up; the next round takes all of it)
 *
 * No worker may let the others wait for ever: a round whose parts have not come for a long time is given up, too.
 *
 * The last one of a run is of a moment when nothing was on its way: until it is, another one is taken. What a sink
 * gives up when all else is over is a dead letter before the run ends.
 *
 * The laws: a manifest is written when all that it names is, and nobody commits before; and the store is asked for one
 * thing at a time, so that what is removed for one snapshot is never a later one.
 */
import { type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import type { ToWorker } from '../../messaging/control.ts'
import type { Plan } from '../../scheduler/plan.ts'
import { type Manifest, manifestOf, segmentBytes, segmentsOf, type WorkerPart } from '../../snapshots/manifest.ts'
import { patienceMs } from '../../snapshots/patience.ts'
import type { SnapshotStore } from '../../snapshots/snapshot-store.ts'
import type { WorkerId } from '../../tuple/ids.ts'
import { backOff } from '../../util/time/back-off.ts'
import type { Clock } from '../../util/time/clock.ts'
import { Lateness, uncommitted } from './lateness.ts'
import { type Lasting, Outage } from './outage.ts'
import { type Owner, type RestorePorts, restorePoint } from './restore-point.ts'

/** So many complete snapshots are kept: should the newest be damaged, the one before it is there. */
const KEPT = 2
/** Until the next one is taken where something was on its way. */
const FIRST_PAUSE_MS = 1
const LONGEST_PAUSE_MS = 50
/** A commit that has lasted for so long is told of. */
const LONG_MS = 5000

export interface RoundsPorts {
  readonly clock: Clock
  readonly store: SnapshotStore
  readonly owner: Owner
  readonly intervalMs: number
  workers(): readonly WorkerId[]
  readonly restore: RestorePorts
  /** To all workers; false where not all of them can hear it. */
  ask(message: ToWorker<Plan>): boolean
  report(problem: Problem): void
  /** One is complete. */
  onComplete(taken: { readonly snapshot: number; readonly durationMs: number; readonly bytes: number }): void
  /** How long snapshots may come to nothing, one after the other, before the run ends. */
  readonly outageLimitMs: number
  /** The run cannot go on. */
  fail(problem: Problem): void
  /** The snapshot that was asked for is complete, and all that is outside is as it says. */
  onAsked(): void
}

type Taking = {
  readonly name: 'taking'
  readonly snapshot: number
  readonly since: number
  /** All bolts had been told of the end of their input when it was begun. */
  readonly isTold: boolean
  readonly parts: Map<WorkerId, WorkerPart>
}

type Stage =
  | { readonly name: 'resting' }
  | Taking
  | { readonly name: 'writing'; readonly snapshot: number; readonly since: number }
  | { readonly name: 'committing'; readonly snapshot: number; readonly since: number; readonly left: Set<WorkerId> }

const RESTING: Stage = { name: 'resting' }

export class Rounds {
  readonly #ports: RoundsPorts
  #stage: Stage = RESTING
  /** The complete ones that are kept, the newest first. */
  #complete: Manifest[] = []
  /** Of the round that was begun last. */
  #snapshot = 0
  #isOn = false
  /** Something may be lost, and not everything has gone back yet. */
  #isSuspect = false
  /** Of the bolts: whether they hear, or have heard, that their input has ended. */
  #end: 'open' | 'begun' | 'told' = 'open'
  /** One is asked for by itself, apart from the interval: it has not been begun, or is under way. */
  #asked: 'no' | 'wanted' | 'begun' = 'no'
  /** The one that is asked for is the last of the run. */
  #isLast = false
  /** Workers that were taken over have not heard that the newest one is complete. */
  #isUntold = false
  /** So often that one was given up, for something was on its way. */
  #unrests = 0
  /** Fulfilled when no manifest is being written, and nothing that is no longer needed is being removed. */
  #writing: Promise<void> = Promise.resolve()
  #cancel: () => void = () => {}
  #cancelTaking: () => void = () => {}
  readonly #outage: Outage
  readonly #lateness: Lateness

  constructor(ports: RoundsPorts) {
    this.#ports = ports
    const { clock, intervalMs, outageLimitMs: limitMs, report, fail } = ports
    this.#lateness = new Lateness(clock, intervalMs, report)
    this.#outage = new Outage({ now: () => clock.now(), limitMs, report, fail })
  }

  /** The snapshot to go on from; undefined: none. */
  get restored(): number | undefined {
    return this.#complete[0]?.snapshot
  }

  /** Snapshots have come to nothing since the last one that was complete. */
  get outage(): Lasting | undefined {
    return this.#outage.lasting
  }

  /** Workers have not committed for long. */
  get openCommit(): Lasting | undefined {
    const { clock, intervalMs } = this.#ports
    if (this.#stage.name !== 'committing') return undefined
    const { since, snapshot, left } = this.#stage
    if (clock.now() - since < Math.max(intervalMs, LONG_MS)) return undefined
    return { since, failures: 0, problem: uncommitted(snapshot, [...left]) }
  }

  /** Whether its bolts had been told of the end of their input. */
  get restoredEnd(): boolean {
    return this.#complete[0]?.ended === true
  }

  /** Whether it was the last one of a run whose input had ended. */
  get #restoredLast(): boolean {
    return this.#complete[0]?.last === true
  }

  /**
   * Looks for the snapshot to go on from.
   * @param fresh none is wanted: those that are there are removed
   * @throws as `restorePoint` (rejects)
   */
  async find(fresh = false): Promise<void> {
    const { store, owner, restore } = this.#ports
    // One that becomes complete only now is the newest.
    await this.#writing
    // No number comes twice: somebody may still remove what had it.
    const [newest = 0] = await store.list()
    if (fresh) await store.retain([])
    const manifest = await restorePoint(store, owner, restore)
    if (manifest === undefined && !fresh && this.restored !== undefined) throw removed(owner, this.restored)
    this.#complete = manifest === undefined ? [] : [manifest]
    if (manifest !== undefined) restore.log('info', goesOnFrom(manifest))
    this.#snapshot = Math.max(this.#snapshot, newest)
  }

  /**
   * A worker that is taken over has begun this snapshot last, and has not heard the end of that one: the nimbus may
   * have died between the manifest and telling it.
   */
  met({ begun, open }: { readonly begun: number; readonly open: number }): void {
    this.#snapshot = Math.max(this.#snapshot, begun)
    if (open > 0 && open === this.restored) this.#isUntold = true
  }

  /**
   * All workers are ready, and nothing has happened yet. Where there is no snapshot to go back to one is taken, or what
   * is written outside from now on could not be taken back; then `onAsked` is called. So it is where that one was the
   * last one of a run: what stands behind it is of others, and what is written now must not be taken for that.
   */
  takeFirst(): void {
    this.#open()
    if (!this.#isOn) return
    if (this.#isUntold) this.#tell(this.restored!)
    else if (this.restored === undefined || this.#restoredLast) this.#ask()
    else this.#ports.onAsked()
  }

  /** Nothing of it is being written or removed; of a run that is over, nothing ever will be. */
  get atRest(): Promise<void> {
    return this.#writing
  }

  /** From now on snapshots are taken. */
  start(): void {
    this.#open()
    this.#next()
  }

  /** No more are taken, and the one under way will not be complete: its workers are gone. */
  stop(): void {
    this.#isOn = false
    this.#stage = RESTING
    this.#asked = 'no'
    this.#cancel()
    this.#cancelTaking()
    this.#lateness.ends()
  }

  /** Something may be lost. None is taken until everything has gone back, whatever begins meanwhile. */
  suspect(): void {
    this.#isSuspect = true
    this.stop()
  }

  /** Everything goes back: the workers begin anew. */
  goBack(): void {
    this.#isSuspect = false
  }

  /** A worker is gone, and the others go on without it for a while: its part of a round will not come. */
  lost(worker: WorkerId): void {
    const { name } = this.#stage
    if (this.#end === 'begun') this.#end = 'open'
    if (name === 'taking') this.#giveUp()
    else if (name === 'committing') this.committed(worker, this.#stage.snapshot)
    else if (name === 'resting') this.#next()
  }

  /**
   * The bolts are told of the end of their input: what they do then must be in no snapshot before all of it is, or it
   * would be done again.
   * @param nothing none is told, for nothing has come since they were told before
   */
  endBegins(nothing: boolean): void {
    this.#end = nothing ? 'told' : 'begun'
  }

  /** Takes one more, of what all tasks hold from now on, and calls `onAsked`. @param ended all bolts have been told */
  takeLast(ended: boolean): void {
    // Something was lost, and everything is about to go back: what the tasks hold now must not last.
    if (!this.#isOn) return
    if (this.#end === 'begun' && !ended) {
      this.#ports.onAsked()
      return
    }
    if (ended) this.#end = 'told'
    this.#isLast = true
    this.#ask()
  }

  #open(): void {
    this.#isOn = !this.#isSuspect
    this.#stage = RESTING
    this.#asked = 'no'
    this.#isLast = false
    this.#unrests = 0
    this.#end = 'open'
  }

  #ask(): void {
    this.#asked = 'wanted'
    if (this.#stage.name === 'resting') this.#begin()
  }

  captured(worker: WorkerId, snapshot: number, part: WorkerPart): void {
    const stage = this.#stage
    if (stage.name !== 'taking' || stage.snapshot !== snapshot) return
    stage.parts.set(worker, part)
    if (!this.#ports.workers().every((one) => stage.parts.has(one))) return
    const isAtRest = [...stage.parts.values()].every((one) => one.isAtRest)
    if (isAtRest || !this.#isLast || this.#asked !== 'begun') this.#writing = this.#write(stage, this.#writing)
    else this.#giveUp(undefined, backOff(++this.#unrests, FIRST_PAUSE_MS, LONGEST_PAUSE_MS))
  }

  notCaptured(snapshot: number, problem: Problem): void {
    if (this.#stage.name === 'taking' && this.#stage.snapshot === snapshot) this.#giveUp(problem)
  }

  committed(worker: WorkerId, snapshot: number): void {
    const stage = this.#stage
    if (stage.name !== 'committing' || stage.snapshot !== snapshot) return
    stage.left.delete(worker)
    if (stage.left.size > 0) return
    this.#stage = RESTING
    this.#lateness.ends()
    if (this.#asked === 'begun') this.#ports.onAsked()
    else if (this.#asked === 'wanted') this.#begin()
    else this.#next()
  }

  /** @param ms until the next round */
  #next(ms = this.#ports.intervalMs): void {
    this.#cancel()
    if (this.#isOn && (this.#end === 'open' || this.#asked === 'wanted'))
      this.#cancel = this.#ports.clock.after(ms, () => this.#begin())
  }

  #begin(): void {
    this.#cancel()
    if (this.#end === 'begun') return
    const snapshot = this.#snapshot + 1
    if (!this.#ports.ask({ type: 'capture', number: snapshot })) {
      this.#next()
      return
    }
    this.#snapshot = snapshot
    const { clock, outageLimitMs } = this.#ports
    const taking: Taking = {
      name: 'taking',
      snapshot,
      since: clock.now(),
      isTold: this.#end === 'told',
      parts: new Map(),
    }
    this.#stage = taking
    const limitMs = patienceMs(outageLimitMs)
    this.#cancelTaking = clock.after(limitMs, () => this.#giveUp(this.#stuck(taking, limitMs)))
    this.#lateness.begins(snapshot)
    if (this.#asked === 'wanted') this.#asked = 'begun'
  }

  /** @param before what the store is still doing for the round before */
  async #write({ snapshot, since, isTold, parts: byWorker }: Taking, before: Promise<void>): Promise<void> {
    this.#cancelTaking()
    const parts = [...byWorker.values()]
    // What had been told before holds as long as nothing has come since.
    const ended = isTold || (this.restoredEnd && parts.every(({ isUntouched }) => isUntouched))
    const stage: Stage = { name: 'writing', snapshot, since }
    this.#stage = stage
    const { clock, store, owner, onComplete } = this.#ports
    const last = this.#isLast && this.#asked === 'begun' && ended
    const manifest = manifestOf({ ...owner, snapshot, at: clock.date?.() ?? clock.now(), ended, last }, parts)
    try {
      await before
      await store.complete(manifest)
    } catch (error) {
      if (this.#stage === stage) this.#giveUp(toProblem(error))
      return
    }
    this.#complete = [manifest, ...this.#complete].slice(0, KEPT)
    this.#outage.over()
    onComplete({ snapshot, durationMs: clock.now() - since, bytes: segmentBytes([...segmentsOf(manifest)]) })
    if (this.#stage !== stage) return
    this.#commit(snapshot)
    await store.retain(this.#complete)
  }

  /** It was complete before this nimbus began. */
  #tell(snapshot: number): void {
    this.#isUntold = false
    this.#asked = 'begun'
    this.#commit(snapshot)
  }

  #commit(snapshot: number): void {
    const { clock, workers, ask } = this.#ports
    this.#stage = { name: 'committing', snapshot, since: clock.now(), left: new Set(workers()) }
    if (!ask({ type: 'complete', number: snapshot })) this.#unheard()
  }

  /** The snapshot is complete, and not all workers can hear it: the next one tells them as well. */
  #unheard(): void {
    this.#stage = RESTING
    this.#lateness.ends()
    if (this.#asked === 'begun') this.#asked = 'wanted'
    this.#next()
  }

  /** @param ms until the next round */
  #giveUp(problem?: Problem, ms?: number): void {
    const { snapshot, since } = this.#stage as Extract<Stage, { readonly since: number }>
    this.#stage = RESTING
    this.#cancelTaking()
    this.#lateness.ends()
    if (problem !== undefined) this.#outage.failed(problem, since)
    // Files of the last one are gone: the next one must not rest on them.
    const isLost = problem?.code === 'STATE_CORRUPT'
    this.#ports.ask({ type: 'abandon', number: snapshot, isLost })
    if (this.#asked === 'begun') this.#asked = 'wanted'
    this.#next(ms)
  }

  #stuck({ snapshot, parts }: Taking, limitMs: number): Problem {
    const missing = this.#ports.workers().filter((worker) => !parts.has(worker))
    return {
      code: 'SNAPSHOT_LATE',
      message: `of snapshot ${snapshot} nothing has come from worker ${missing.join(', ')} for ${limitMs / 1000} s`,
      where: {},
      hint: 'does a promise of prepareCommit never settle? Nothing is lost: the next run goes on from the last snapshot',
    }
  }
}

function goesOnFrom({ topology, snapshot, at }: Manifest): string {
  return `"${topology}" goes on from snapshot ${snapshot} of ${new Date(at).toISOString()}`
}

/** What was written outside rests on it, so the run cannot begin anew by itself. */
function removed({ topology }: Owner, snapshot: number): TyphoonError {
  const message = `snapshot ${snapshot} of "${topology}" was removed while it ran, and there is no other one to go back to`
  return new TyphoonError('STATE_CORRUPT', message, {
    hint: 'put the files back, or begin anew with --fresh, with what it has written removed',
  })
}
