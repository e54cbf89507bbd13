/**
 * The lease of a directory: one run has it at a time. It bears the run's name and stands in a store, whose transactions
 * are the mutual exclusion: they end with their process, however it ends. Each process of the run that has the
 * directory open is in it and renews it; so are those that one of them has named (`join`), which write there, or do
 * outside what another run would take back, and give signs of life in a cheaper way (`holder.ts`). The last one to
 * leave ends it.
 *
 * A lease that was not ended is over when all its workers are dead, or, where that cannot be known (of a process in
 * another container or on another machine) or does not matter (of one that has its workers on other hosts), when nobody
 * has renewed it for a while. One that is renewed is in use. It is looked at for a moment first: the workers of a run
 * that was killed end by themselves, and may renew it once more.
 *
 * Should the run of a lease that was over go on all the same (a machine that stood still), then nothing of it is
 * written any more: each store bears the name of the run that opened it last, and a commit of any other is refused
 * (`store.ts`); what is no store is written while the lease is held (`hold`). And the run is told (`onLost`).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { fateOf, isSameProcess, type ProcessIdentity, processOf } from '../identity/process-identity.ts'
import { BEAT_MS, removeHolder, signOfLife, writeHolder } from './holder.ts'
import { type Store, type StoreWriter, takenOver } from './store.ts'

/** How long workers that were left behind have to end before a renewal counts. */
const GRACE_MS = 1_000
const POLL_MS = 20

/** Who has the directory. */
interface Lease {
  /** `TaskContext.run`. */
  readonly run: string
  /** Which process leads it, where one does: the last that has said so. */
  readonly leader?: string
  /** Grows as long as a worker of the run lives. */
  readonly beat: number
  /** All that have the directory open, or were named by one that has. */
  readonly workers: readonly Member[]
}

/** A process that is in a lease. */
interface Member extends ProcessIdentity {
  /** Its run has its workers elsewhere: where it stands still it does nothing that another run would not know of. */
  readonly isAlone?: boolean
}

/** How a lease is taken. */
export interface LeaseOptions {
  /** Where it stands. */
  readonly store: Store
  /** The directory that is leased, for messages. */
  readonly directory: string
  readonly run: string
  /** This process leads the run: one that has led it before has lost the lease, though its workers go on. */
  readonly leads?: boolean
  /** No worker of the run has this process as its parent: where it gives no sign of life, it counts for nothing. */
  readonly isAlone?: boolean
  /** How long it is waited for workers to end, or to give a sign of life. */
  readonly patienceMs: number
  /** Within the transaction in which the lease is taken: whether it may be. */
  check(writer: StoreWriter): void
  /** Another run has it. Called once, by itself. */
  onLost(problem: TyphoonError): void
}

/** The part that this process has in the lease of its run. */
export interface HeldLease {
  /**
   * Does something, all of it, while no other run can take the lease. It is to be short: others wait for it.
   * @throws STATE_IN_USE where another run has it, and nothing was done; STATE_UNAVAILABLE; what the action throws
   */
  hold(action: () => void): void
  /** From now on the lease is not over as long as this process lives. */
  join(pid: number): void
  /** It has ended. */
  leave(pid: number): void
  /** @param leaves whether this process takes itself out of the lease */
  end(leaves: boolean): void
}

/** Waits for a lease that may end. @throws STATE_IN_USE, and what `check` throws */
export async function takeLease(options: LeaseOptions): Promise<HeldLease> {
  const leader = options.leads === true ? Math.random().toString(36).slice(2) : undefined
  const taking = new Taking(options, leader)
  while (!taking.try()) await sleep(POLL_MS)
  return new Held(options, leader)
}

class Held implements HeldLease {
  readonly #options: LeaseOptions
  readonly #timer: NodeJS.Timeout
  readonly #joined = new Map<number, ProcessIdentity>()
  #isLost = false
  readonly #leader: string | undefined

  constructor(options: LeaseOptions, leader: string | undefined) {
    this.#options = options
    this.#leader = leader
    const renew = (): void => this.#change((lease) => ({ ...lease, beat: lease.beat + 1 }))
    this.#timer = setInterval(renew, BEAT_MS).unref()
  }

  hold(action: () => void): void {
    const { store } = this.#options
    let isOurs = false
    store.transaction(() => {
      isOurs = this.#isOurs(leaseIn(store))
      if (isOurs) action()
    })
    if (!isOurs) throw this.#lost()
  }

  join(pid: number): void {
    const joined = processOf(pid)
    this.#joined.set(pid, joined)
    this.#change((lease) => ({ ...lease, workers: [...without(lease, joined), joined] }))
  }

  leave(pid: number): void {
    const left = this.#joined.get(pid)
    this.#joined.delete(pid)
    if (left !== undefined) this.#change((lease) => ({ ...lease, workers: without(lease, left) }))
  }

  end(leaves: boolean): void {
    clearInterval(this.#timer)
    this.#isLost = true
    if (leaves) this.#change((lease) => ({ ...lease, workers: without(lease, processOf(process.pid)) }))
  }

  #change(change: (lease: Lease) => Lease): void {
    const { store } = this.#options
    let isOurs = true
    try {
      store.transaction((writer) => {
        const lease = leaseIn(store)
        isOurs = this.#isOurs(lease)
        if (lease === undefined || !isOurs) return
        const next = change(lease)
        if (next.workers.length > 0) writer.put('lease', next)
        else {
          writer.remove('lease')
          // The next run may be one that needs no lease.
          removeHolder(this.#options.directory)
        }
      })
    } catch {
      // A full disk. The commits of the run tell of it.
    }
    if (!isOurs) this.#lost()
  }

  #isOurs(lease: Lease | undefined): boolean {
    return lease?.run === this.#options.run && (this.#leader === undefined || lease.leader === this.#leader)
  }

  #lost(): TyphoonError {
    const { directory, onLost } = this.#options
    const error = takenOver(directory)
    clearInterval(this.#timer)
    if (!this.#isLost) queueMicrotask(() => onLost(error))
    this.#isLost = true
    return error
  }
}

function without({ workers }: Lease, one: ProcessIdentity): ProcessIdentity[] {
  return workers.filter((worker) => !isSameProcess(worker, one))
}

function leaseIn(store: Store): Lease | undefined {
  return store.get('lease') as Lease | undefined
}

/** The lease of another run, as it was when it was first seen, and when a moment had passed. */
interface Seen {
  readonly run: string
  readonly at: number
  /** What its processes change as long as they live; undefined until then. */
  sign: string | undefined
}

/** One attempt after the other to take a lease. */
class Taking {
  readonly #options: LeaseOptions
  #seen: Seen | undefined
  readonly #leader: string | undefined

  constructor(options: LeaseOptions, leader: string | undefined) {
    this.#options = options
    this.#leader = leader
  }

  /** False where a lease is in the way that may end. @throws STATE_IN_USE, and what `check` throws */
  try(): boolean {
    const { store, directory, run, check } = this.#options
    let isTaken = false
    store.transaction((writer) => {
      check(writer)
      const lease = leaseIn(store)
      const isOurs = lease?.run === run
      if (lease !== undefined && !isOurs && !this.#isOver(lease)) return
      const self = processOf(process.pid)
      const others = isOurs
        ? lease.workers.filter((worker) => fateOf(worker) !== 'dead' && !isSameProcess(worker, self))
        : []
      const leader = this.#leader ?? (isOurs ? lease.leader : undefined)
      const own: Member = this.#options.isAlone === true ? { ...self, isAlone: true } : self
      const next: Lease = { run, beat: isOurs ? lease.beat : 0, workers: [...others, own] }
      writer.put('lease', leader === undefined ? next : { ...next, leader })
      if (!isOurs) writeHolder(directory, run)
      isTaken = true
    })
    return isTaken
  }

  /** @throws STATE_IN_USE where its run goes on */
  #isOver(lease: Lease): boolean {
    const self = processOf(process.pid)
    // What this process itself has left is nobody else's.
    const others = lease.workers.filter((worker) => !isSameProcess(worker, self) && fateOf(worker) !== 'dead')
    const [first] = others
    if (first === undefined) return true
    const now = performance.now()
    if (this.#seen?.run !== lease.run) this.#seen = { run: lease.run, at: now, sign: undefined }
    const seen = this.#seen
    const sign = `${lease.beat} ${signOfLife(this.#options.directory)}`
    if (now - seen.at >= GRACE_MS) seen.sign ??= sign
    if (seen.sign !== undefined && sign !== seen.sign) throw this.#inUse(lease, first)
    if (now - seen.at < this.#options.patienceMs) return false
    const alive = others.find((worker) => worker.isAlone !== true && fateOf(worker) === 'alive')
    if (alive !== undefined) throw this.#inUse(lease, alive)
    return true
  }

  #inUse({ run }: Lease, worker: ProcessIdentity): TyphoonError {
    const { directory } = this.#options
    const { pid, host } = worker
    const message = `the run ${run} works with the state in ${directory}, in the worker process ${pid} on ${host}`
    const which = fateOf(worker) === 'unknown' ? ', which is in another container or on another machine' : ''
    return new TyphoonError('STATE_IN_USE', message, {
      where: { file: directory },
      hint: `stop that run${which}, or name another directory with --state DIR`,
    })
  }
}
