/**
 * Leadership in a namespace of Kubernetes: a Lease says who leads, and ConfigMaps keep what is to last. Whoever takes
 * the Lease begins a reign with its number in the index of the records, from which on no earlier leader can write.
 *
 * That the Lease is held by one at a time rests on clocks that run at about the same speed: who waits counts its whole
 * duration, who holds it stops some time before. That nothing is written by two does not: it rests on the API server's
 * comparison of versions alone.
 */

import { type TyphoonError, toProblem } from '../../../errors/typhoon-error.ts'
import type { ClusterAccess } from '../../../kubernetes-api/access.ts'
import { KubernetesApi } from '../../../kubernetes-api/kubernetes-api.ts'
import type { Clock } from '../../../util/time/clock.ts'
import { pause } from '../../../util/time/pause.ts'
import type { Area, ClusterReader, ClusterStore } from '../cluster-store.ts'
import type { Leader, Leadership, Reign } from '../leadership.ts'
import { notLeader } from '../not-leader.ts'
import { Lease, type LeaseTimes, type TakenLease } from './lease.ts'
import { RecordIndex } from './record-index.ts'
import { RecordParts } from './record-parts.ts'
import { inTermsOfStore, RecordReader, storeError } from './record-reader.ts'
import { Records, restored } from './records.ts'

/** Where it is, and under which name. */
export interface KubernetesOptions {
  readonly access: ClusterAccess
  /** Name of the Lease; those of the ConfigMaps begin with it. */
  readonly cluster: string
  readonly clock: Clock
  readonly times?: LeaseTimes | undefined
  /** So long an answer of the API server is awaited; 5 s unless given. */
  readonly patienceMs?: number
}

const TIMES = leaseTimes(10)

export class KubernetesLeadership implements Leadership {
  readonly #api: KubernetesApi
  readonly #clock: Clock
  readonly #times: LeaseTimes
  readonly #lease: Lease
  readonly #index: RecordIndex
  readonly #parts: RecordParts
  /** The latest reign that was seen. */
  #latest = 0

  constructor({ access, cluster, clock, times = TIMES, ...patience }: KubernetesOptions) {
    this.#api = new KubernetesApi(access, patience)
    this.#clock = clock
    this.#times = times
    const labels = { 'app.kubernetes.io/name': 'typhoon', 'app.kubernetes.io/instance': cluster }
    this.#lease = new Lease(this.#api, cluster, clock, times)
    this.#index = new RecordIndex(this.#api, `${cluster}-index`, labels)
    this.#parts = new RecordParts(this.#api, cluster, labels)
  }

  async campaign(self: Leader, signal: AbortSignal): Promise<Reign> {
    for (;;) {
      signal.throwIfAborted()
      try {
        const taken = await this.#lease.take(self, () => this.#latestReign())
        const reign = taken === undefined ? undefined : await this.#begin(self, taken)
        if (reign !== undefined) return reign
      } catch (error) {
        if (!isPassing(error)) throw storeError(error)
      }
      await pause(this.#clock, this.#times.everyMs / 2, signal)
      signal.throwIfAborted()
    }
  }

  leader(): Promise<Leader | undefined> {
    return inTermsOfStore(() => this.#lease.holder())
  }

  reader(area: Area): ClusterReader {
    return new RecordReader(area, this.#index, this.#parts)
  }

  async close(): Promise<void> {
    this.#api.close()
  }

  /** @throws STORE_RESTORED (rejects) */
  async #latestReign(): Promise<number> {
    const { reign } = await this.#index.read()
    if (reign < this.#latest) throw restored()
    this.#latest = reign
    return reign
  }

  async #begin(self: Leader, taken: TakenLease): Promise<Reign | undefined> {
    const lease = this.#lease
    const [index, parts, clock, times] = [this.#index, this.#parts, this.#clock, this.#times]
    const reign = new KubernetesReign({ ...{ self, taken, lease, index, parts, clock, times } })
    try {
      if (await reign.begin()) {
        this.#latest = Math.max(this.#latest, taken.number)
        return reign
      }
      await reign.resign()
      return undefined
    } catch (error) {
      await reign.resign()
      throw error
    }
  }
}

interface ReignOptions {
  readonly self: Leader
  readonly taken: TakenLease
  readonly lease: Lease
  readonly index: RecordIndex
  readonly parts: RecordParts
  readonly clock: Clock
  readonly times: LeaseTimes
}

/** Whoever holds a Lease of so many seconds stops when four fifths of them are over without a renewal. */
export function leaseTimes(seconds: number): LeaseTimes {
  return { durationMs: 1000 * seconds, deadlineMs: 800 * seconds, everyMs: 200 * seconds }
}

/** From the taking of the Lease until it is handed over, or could not be renewed for too long. */
class KubernetesReign implements Reign {
  readonly #options: ReignOptions
  readonly #records: Records
  readonly #lost = new AbortController()
  /** Since when the Lease lasts, by the clock. */
  #renewedAt: number
  #cancelRenewal = (): void => {}
  #cancelDeadline = (): void => {}
  #renewing: Promise<void> = Promise.resolve()
  #resigned: Promise<void> | undefined

  constructor(options: ReignOptions) {
    const { taken, index, parts } = options
    this.#options = options
    this.#renewedAt = taken.sentAt
    this.#records = new Records(index, parts, {
      number: taken.number,
      check: () => this.#check(),
      lose: (reason) => this.#lose(reason),
    })
    this.#awaitDeadline()
    this.#renewLater()
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  async begin(): Promise<boolean> {
    const hasBegun = await this.#records.begin()
    if (hasBegun) void this.#records.tidy()
    return hasBegun
  }

  store(area: Area): ClusterStore {
    return this.#records.store(area)
  }

  resign(): Promise<void> {
    this.#resigned ??= this.#handOver()
    return this.#resigned
  }

  async #handOver(): Promise<void> {
    this.#lose(notLeader('it has resigned'))
    await this.#renewing
    await this.#records.settled()
    const { lease, self, taken } = this.#options
    // Where it is not answered, the others wait for as long as the Lease lasts.
    await lease.release(self, taken.number).catch(() => {})
  }

  #check(): void {
    const { clock, times } = this.#options
    if (clock.now() - this.#renewedAt >= times.deadlineMs) this.#lose(unrenewed())
    this.#lost.signal.throwIfAborted()
  }

  #lose(reason: TyphoonError): void {
    if (this.#lost.signal.aborted) return
    this.#cancelRenewal()
    this.#cancelDeadline()
    this.#lost.abort(reason)
  }

  #awaitDeadline(): void {
    const { clock, times } = this.#options
    this.#cancelDeadline()
    const left = Math.max(0, this.#renewedAt + times.deadlineMs - clock.now())
    this.#cancelDeadline = clock.after(left, () => this.#lose(unrenewed()))
  }

  #renewLater(): void {
    if (this.#lost.signal.aborted) return
    const { clock, times } = this.#options
    this.#cancelRenewal = clock.after(times.everyMs, () => {
      this.#renewing = this.#renew().then(() => this.#renewLater())
    })
  }

  async #renew(): Promise<void> {
    const { lease, self, taken } = this.#options
    try {
      const sentAt = await lease.renew(self, taken.number)
      if (sentAt === undefined) return this.#lose(notLeader('another one has taken the Lease'))
      this.#renewedAt = sentAt
      if (!this.#lost.signal.aborted) this.#awaitDeadline()
    } catch {
      // What is not answered, or not allowed at the moment, is tried again until the deadline.
    }
  }
}

/** Whether another try may come to something: there was no answer, or it came too late. */
function isPassing(error: unknown): boolean {
  return ['KUBERNETES_UNREACHABLE', 'NOT_LEADER'].includes(toProblem(error).code)
}

function unrenewed(): TyphoonError {
  return notLeader('it could not renew its Lease in time')
}
