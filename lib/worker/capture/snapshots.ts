/**
 * The part of a worker in the snapshots of its run: it captures all its tasks at one moment, writes what they hold
 * while they go on, and tells them when a snapshot is complete. One at a time: the nimbus orders the next one when it
 * has heard of the end of the one before, or gives that up.
 *
 * A mark's journey: the nimbus orders snapshot n → the worker sends what it has gathered, then mark n, down each link,
 * and captures → what comes by a link ahead of mark n is recorded → the part is written → `captured` → the nimbus
 * writes the manifest → `complete` → sinks commit, spouts ack.
 */
import { messageOf, type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { Cut } from '../../marks/cut.ts'
import type { FromWorker, ToWorker } from '../../messaging/control.ts'
import { recordsOf, toMerge } from '../../snapshots/chains.ts'
import type { Segment, TaskPart, WorkerPart } from '../../snapshots/manifest.ts'
import { PartWriter } from '../../snapshots/part-writer.ts'
import { patienceMs } from '../../snapshots/patience.ts'
import type { SnapshotStore } from '../../snapshots/snapshot-store.ts'
import type { WorkerSnapshot } from '../../stats/snapshot.ts'
import { isPermanent } from '../../topology/component/failure/permanent-error.ts'
import type { TaskId, WorkerId } from '../../tuple/ids.ts'
import { isMadeAnew } from '../../tuple/system-ids.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { backOff } from '../../util/time/back-off.ts'
import type { Clock } from '../../util/time/clock.ts'
import { cannotEncode } from '../../values/kinds.ts'
import type { CapturedTask, TaskCapture } from './captured-task.ts'
import { type Arrived, type PlaceOf, writeInFlight } from './in-flight.ts'
import { type Chain, StateChains } from './state-chains.ts'

/** Writing takes the event loop for so long at a time. */
const SLICE_MS = 2
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 10_000
/** A commit that has lasted for so long is told of, though it has not failed. */
const LONG_MS = 5000

/** What the nimbus orders of a snapshot. */
export type SnapshotOrder = Extract<ToWorker, { readonly type: 'capture' | 'complete' | 'abandon' }>

/** How a worker takes part in snapshots. */
export interface SnapshotPorts {
  readonly clock: Clock
  readonly store: SnapshotStore
  /** What the files of this incarnation are called, behind the number of the snapshot. */
  readonly name: string
  /** The other workers. */
  readonly peers: readonly WorkerId[]
  placeOf: PlaceOf
  /** The tasks have emitted and executed nothing since they began. */
  isUntouched(): boolean
  /** Nothing waits for them, and no promise of theirs is open. */
  isAtRest(): boolean
  /** Sends what was gathered, and a mark behind it, to every other worker. */
  sendMarks(snapshot: number): void
  send(message: FromWorker<never, WorkerPart>): void
  report(problem: Problem): void
  /** So long a commit is tried again. */
  readonly commitLimitMs: number
  /** The run cannot go on. */
  fatal(problem: Problem): void
}

/** A task that commits. */
interface Committing {
  readonly snapshot: number
  readonly since: number
  readonly failures: number
  readonly why?: Problem
}

/** A snapshot that is being taken. */
interface Taking {
  readonly cut: Cut<Arrived>
  /** What the states are made of in it, as far as they are written. */
  readonly chains: Map<string, Chain>
  readonly captures: readonly (readonly [CapturedTask, TaskCapture])[]
  readonly isUntouched: boolean
  /** So it was when it was begun; what is recorded is on its way as well. */
  readonly wasAtRest: boolean
  /** The last mark has come. */
  readonly marks: Promise<void>
  readonly onMarks: () => void
  isOver: boolean
}

export class Snapshots {
  readonly #tasks: readonly CapturedTask[]
  readonly #ports: SnapshotPorts
  readonly #chains: StateChains
  #taking: Taking | undefined
  #last = 0
  /** Of the last one that the tasks were told the end of: until all have done what they do then. */
  #completion: { readonly snapshot: number; readonly done: Promise<unknown> } | undefined
  /** The tasks that have not committed yet. */
  readonly #commits = new Map<CapturedTask, Committing>()
  /** Where what comes is recorded now. */
  #recording: Cut<Arrived> | undefined

  constructor(tasks: readonly CapturedTask[], ports: SnapshotPorts) {
    this.#tasks = tasks
    this.#ports = ports
    this.#chains = new StateChains(
      new Map(tasks.flatMap((task) => Object.entries(task.chains).map(([name, chain]) => [nameOf(task, name), chain]))),
    )
  }

  /** The number of the one that was begun last; 0: none. */
  get begun(): number {
    return this.#last
  }

  /** The number of the one that is under way, or whose end has not been heard of; 0: none. */
  get open(): number {
    return this.#taking?.cut.snapshot ?? 0
  }

  /** What is to be reported: the commits that have failed, or take long. */
  get report(): Pick<WorkerSnapshot, 'commits'> {
    const now = this.#ports.clock.now()
    const commits = [...this.#commits].flatMap(([{ task, component }, { snapshot, since, failures, why }]) => {
      const forMs = now - since
      if (failures === 0 && forMs < LONG_MS) return []
      return [{ task, component, snapshot, forMs, failures, ...(why === undefined ? {} : { why }) }]
    })
    return commits.length === 0 ? {} : { commits }
  }

  /** What the nimbus orders. Between two turns. */
  async obey(order: SnapshotOrder): Promise<void> {
    if (order.type === 'capture') this.#begin(order.number)
    else if (order.type === 'complete') await this.#complete(order.number)
    else this.#abandon(order.number, order.isLost)
  }

  /** The nimbus wants this snapshot, or the mark of another worker has come first. Between two turns. */
  #begin(snapshot: number): void {
    if (snapshot <= this.#last) return
    if (this.#taking !== undefined) this.#abandon(this.#taking.cut.snapshot)
    this.#last = snapshot
    this.#ports.sendMarks(snapshot)
    const isDue = this.#chains.due()
    const captures = this.#tasks.map((task): [CapturedTask, TaskCapture] => [
      task,
      task.capture(snapshot, (state) => isDue(nameOf(task, state))),
    ])
    const { promise: marks, resolve: onMarks } = withResolve()
    const cut = new Cut<Arrived>(snapshot, this.#ports.peers)
    const [isUntouched, wasAtRest] = [this.#ports.isUntouched(), this.#ports.isAtRest()]
    this.#taking = { cut, chains: new Map(), captures, isUntouched, wasAtRest, marks, onMarks, isOver: false }
    this.#recording = cut
    this.#checkMarks(this.#taking)
    void this.#write(this.#taking)
  }

  /** The mark of another worker has come. */
  marked(sender: WorkerId, snapshot: number): void {
    this.#begin(snapshot)
    if (this.#taking?.cut.snapshot !== snapshot) return
    this.#taking.cut.mark(sender)
    this.#checkMarks(this.#taking)
  }

  /** A tuple has come from another worker. Hot. */
  came(sender: WorkerId, target: TaskId, tuple: Tuple): void {
    this.#recording?.came(sender, { target, tuple })
  }

  /** The snapshot is there to stay. What a task cannot do now is tried again until it can. */
  async #complete(snapshot: number): Promise<void> {
    const taking = this.#taking
    if (taking?.cut.snapshot === snapshot) {
      this.#chains.completed(taking.chains)
      this.#end(taking)
    }
    // Another nimbus may say it again.
    if (this.#completion?.snapshot !== snapshot)
      this.#completion = { snapshot, done: Promise.all(this.#tasks.map((task) => this.#completeTask(task, snapshot))) }
    await this.#completion.done
    this.#ports.send({ type: 'committed', number: snapshot })
  }

  /** The snapshot will never be complete. @param isLost neither is there what was complete before */
  #abandon(snapshot: number, isLost = false): void {
    const taking = this.#taking
    if (taking?.cut.snapshot !== snapshot) return
    if (isLost) this.#chains.lost()
    this.#end(taking)
    for (const task of this.#tasks) task.abandon(snapshot)
  }

  #checkMarks(taking: Taking): void {
    if (!taking.cut.isComplete) return
    this.#recording = undefined
    taking.onMarks()
  }

  #end(taking: Taking): void {
    taking.isOver = true
    taking.onMarks()
    this.#taking = undefined
    this.#recording = undefined
  }

  async #write(taking: Taking): Promise<void> {
    const { snapshot } = taking.cut
    try {
      const file = await this.#ports.store.create(`${snapshot}.${this.#ports.name}`)
      try {
        const part = await this.#writePart(taking, new PartWriter(file, this.#pauses()))
        if (part === undefined) await file.abandon()
        else this.#ports.send({ type: 'captured', number: snapshot, part })
      } catch (error) {
        await file.abandon()
        throw error
      }
    } catch (error) {
      if (!taking.isOver) this.#ports.send({ type: 'not-captured', number: snapshot, problem: toProblem(error) })
    }
  }

  /** Undefined where the snapshot was abandoned meanwhile. */
  async #writePart(taking: Taking, writer: PartWriter): Promise<WorkerPart | undefined> {
    const tasks: TaskPart[] = []
    for (const [task, capture] of taking.captures) {
      if (taking.isOver) return undefined
      tasks.push(await this.#writeTask(taking, task, capture, writer))
    }
    await taking.marks
    if (taking.isOver) return undefined
    const waiting = taking.captures.flatMap(([{ task }, { inFlight }]) =>
      inFlight.map((tuple) => ({ target: task, tuple })),
    )
    const inFlight = await writeInFlight([...waiting, ...taking.cut.recorded], this.#ports.placeOf, writer)
    await writer.finish()
    const { isUntouched, wasAtRest, cut, isOver } = taking
    const isAtRest = wasAtRest && cut.recorded.every(({ tuple }) => isMadeAnew(tuple.sourceStream))
    return isOver ? undefined : { tasks, inFlight, isUntouched, isAtRest }
  }

  async #writeTask(
    taking: Taking,
    task: CapturedTask,
    { states, formats = {}, positions, kept, watermark, floors, partitions }: TaskCapture,
    writer: PartWriter,
  ): Promise<TaskPart> {
    const parts = new Map<string, Chain>()
    for (const [name, capture] of states) {
      const segment = await writer.section(capture)
      const before = capture.isWhole ? [] : await this.#shortened(this.#chains.of(nameOf(task, name)), writer)
      const chain = segment.records === 0 ? before : [...before, segment]
      parts.set(name, chain)
      taking.chains.set(nameOf(task, name), chain)
    }
    const { component, index } = task
    const found = await this.#prepared(task, taking, kept)
    return {
      component,
      index,
      states: Object.fromEntries(parts),
      ...(Object.keys(formats).length === 0 ? {} : { formats }),
      ...(positions === undefined
        ? {}
        : { positions: await this.#given(task, `a position of "${component}"`, Object.entries(positions), writer) }),
      ...(found === undefined
        ? {}
        : { kept: await this.#given(task, `what "${component}" has prepared`, [[found]], writer) }),
      ...(watermark === undefined ? {} : { watermark }),
      ...(floors === undefined ? {} : { floors }),
      ...(partitions === undefined ? {} : { partitions: await writer.section(partitions) }),
    }
  }

  /** A chain with what is to be merged in one segment. */
  async #shortened(chain: Chain, writer: PartWriter): Promise<Chain> {
    const count = toMerge(chain)
    if (count === 0) return chain
    const records = await recordsOf(this.#ports.store, chain.slice(-count), this.#pauses())
    return [...chain.slice(0, -count), await writer.section(records)]
  }

  /** @throws PREPARE_FAILED (rejects) */
  async #prepared(task: CapturedTask, { cut }: Taking, kept: unknown): Promise<unknown> {
    try {
      return await kept
    } catch (error) {
      const failure = prepareFailed(task, cut.snapshot, error)
      if (isPermanent(error)) this.#ports.fatal(toProblem(failure))
      throw failure
    }
  }

  /** What a component wants to find again. No other attempt would mend it. @throws CANNOT_ENCODE (rejects) */
  async #given(
    { component, task }: CapturedTask,
    what: string,
    records: readonly (readonly unknown[])[],
    writer: PartWriter,
  ): Promise<Segment> {
    try {
      return await writer.section(records)
    } catch (error) {
      const cause = cannotEncode(error, what, 'it cannot be kept in a snapshot')
      if (cause === error) throw error
      this.#ports.fatal(toProblem(cause, 'INTERNAL', { component, task }))
      throw cause
    }
  }

  /** Between two blocks: whoever else has something to do has a turn, once the slice is used up. */
  #pauses(): () => Promise<void> | undefined {
    const { clock } = this.#ports
    let end = clock.now() + SLICE_MS
    return () => {
      if (clock.now() < end) return undefined
      return new Promise((resolve) => {
        clock.soon(() => {
          end = clock.now() + SLICE_MS
          resolve()
        })
      })
    }
  }

  /** What a promise becomes; rejects where it is not settled within some milliseconds. */
  async #within(ms: number, promise: void | Promise<unknown>): Promise<void> {
    if (promise === undefined) return
    let cancel = (): void => {}
    const limit = new Promise<never>((_resolve, reject) => {
      cancel = this.#ports.clock.after(ms, () => reject(new Error(`nothing has come of it for ${ms / 1000} s`)))
    })
    try {
      await Promise.race([promise, limit])
    } finally {
      cancel()
    }
  }

  async #completeTask(task: CapturedTask, snapshot: number): Promise<void> {
    const { clock, report, commitLimitMs } = this.#ports
    const began = clock.now()
    this.#commits.set(task, { snapshot, since: began, failures: 0 })
    for (let failures = 1; ; failures++) {
      try {
        await this.#within(patienceMs(commitLimitMs), task.complete(snapshot))
        this.#commits.delete(task)
        return
      } catch (error) {
        const { component, task: number } = task
        if (isPermanent(error) || clock.now() - began >= commitLimitMs) {
          this.#ports.fatal(commitFailed(task, snapshot, clock.now() - began, error))
          return new Promise(() => {})
        }
        const why = toProblem(error, 'COMPONENT_FAILED', { component, task: number })
        this.#commits.set(task, { snapshot, since: began, failures, why })
        report(why)
        await new Promise<void>((resolve) => {
          clock.after(backOff(failures, FIRST_RETRY_MS, LONGEST_RETRY_MS), resolve)
        })
      }
    }
  }
}

function prepareFailed({ component, task }: CapturedTask, snapshot: number, error: unknown): TyphoonError {
  const message = `"${component}" cannot prepare for snapshot ${snapshot}: ${messageOf(error)}`
  return new TyphoonError('PREPARE_FAILED', message, {
    where: { component, task },
    hint: 'the topology goes on, and it is tried again with the next snapshot',
    cause: error,
  })
}

function commitFailed({ component, task }: CapturedTask, snapshot: number, ms: number, error: unknown): Problem {
  const how = isPermanent(error) ? 'cannot commit' : `could not commit for ${Math.round(ms / 1000)} s`
  return {
    code: 'COMMIT_FAILED',
    message: `"${component}" ${how} what it has written up to snapshot ${snapshot}, and the run stops: ${messageOf(error)}`,
    where: { component, task },
    hint: 'nothing is lost: the next run commits it, and goes on from there',
  }
}

/** Of a state among all of a worker. */
function nameOf({ task }: CapturedTask, state: string): string {
  return `${task} ${state}`
}

function withResolve(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
