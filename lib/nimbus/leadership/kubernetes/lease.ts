/**
 * The Lease by which nimbuses agree who leads. Whoever holds it renews it; whoever waits takes it when it has not
 * changed for its whole duration, by a clock of its own that never goes back: the times in it are for people to read,
 * and clocks of two machines are never compared.
 *
 * Each taking has a number, that of its transitions, larger than all before it.
 */
import type { KubernetesApi, KubernetesObject } from '../../../kubernetes-api/kubernetes-api.ts'
import type { Clock } from '../../../util/time/clock.ts'
import type { Leader } from '../leadership.ts'

/** How long it lasts, and how often it is renewed; milliseconds. */
export interface LeaseTimes {
  readonly durationMs: number
  /** A leader that has not renewed it for as long leads no more: shorter than its duration. */
  readonly deadlineMs: number
  readonly everyMs: number
}

/** One that was taken. */
export interface TakenLease {
  /** Number of the taking. */
  readonly number: number
  /** By the clock, when what is sent last was sent: it lasts from then on at least. */
  readonly sentAt: number
}

/** What is in it. */
interface LeaseSpec {
  readonly holderIdentity?: string
  readonly leaseTransitions?: number
  readonly leaseDurationSeconds?: number
}

/** Where whoever holds it is reached. */
const ADDRESS = 'typhoon/address'
const HOSTS = 'typhoon/hosts'

/** What one nimbus knows of it. */
export class Lease {
  readonly #api: KubernetesApi
  readonly #path: string
  readonly #name: string
  readonly #clock: Clock
  readonly #times: LeaseTimes
  /** The version that was seen last, and since when. */
  #seen: { readonly version: string | undefined; readonly since: number } | undefined
  /** As it was written here last. */
  #own: KubernetesObject | undefined

  constructor(api: KubernetesApi, name: string, clock: Clock, times: LeaseTimes) {
    this.#api = api
    this.#name = name
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(api.namespace)}/leases`
    this.#clock = clock
    this.#times = times
  }

  /** Who holds it, as far as is known. @throws KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects) */
  async holder(): Promise<Leader | undefined> {
    const lease = await this.#read()
    const { holderIdentity: id = '' } = specOf(lease)
    if (lease === undefined || id === '' || this.#hasLapsed()) return undefined
    const { [ADDRESS]: address = '', [HOSTS]: hosts } = lease.metadata.annotations ?? {}
    return { id, address, ...(hosts === undefined || hosts === '' ? {} : { hosts }) }
  }

  /**
   * Takes it where nobody holds it, or the holder is this nimbus as it was before.
   * @param above says which number it becomes larger than; is asked where it can be taken
   * @returns undefined where another one holds it
   * @throws KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects)
   */
  async take(self: Leader, above: () => Promise<number>): Promise<TakenLease | undefined> {
    const lease = await this.#read()
    const { holderIdentity: id = '', leaseTransitions = 0 } = specOf(lease)
    if (id !== '' && id !== self.id && !this.#hasLapsed()) return undefined
    const number = Math.max(leaseTransitions, await above()) + 1
    const sentAt = this.#clock.now()
    const now = microTime()
    const isTaken = await this.#write(lease, self, {
      ...{ holderIdentity: self.id, leaseTransitions: number, acquireTime: now, renewTime: now },
      leaseDurationSeconds: Math.ceil(this.#times.durationMs / 1000),
    })
    return isTaken ? { number, sentAt } : undefined
  }

  /**
   * @returns when it was sent; undefined where another one has taken it
   * @throws KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects)
   */
  async renew(self: Leader, number: number): Promise<number | undefined> {
    const sentAt = this.#clock.now()
    const before = this.#own ?? (await this.#ownAnew(self, number))
    if (before === undefined) return undefined
    const spec = { ...(before['spec'] as LeaseSpec), renewTime: microTime() }
    try {
      if (await this.#write(before, self, spec)) return sentAt
    } finally {
      // It may have been written without an answer, or by somebody who has only put a label on it.
      if (this.#own === before) this.#own = undefined
    }
    const anew = await this.#ownAnew(self, number)
    return anew === undefined ? undefined : this.renew(self, number)
  }

  /** Nobody holds it then, unless another one does. @throws KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects) */
  async release(self: Leader, number: number): Promise<void> {
    const own = await this.#ownAnew(self, number)
    if (own === undefined) return
    await this.#write(own, undefined, { ...(own['spec'] as LeaseSpec), holderIdentity: '', renewTime: microTime() })
  }

  /** It, where this taking still holds it. */
  async #ownAnew(self: Leader, number: number): Promise<KubernetesObject | undefined> {
    const lease = await this.#read()
    const { holderIdentity, leaseTransitions } = specOf(lease)
    this.#own = holderIdentity === self.id && leaseTransitions === number ? lease : undefined
    return this.#own
  }

  async #read(): Promise<KubernetesObject | undefined> {
    const answer = await this.#api.ask('GET', `${this.#path}/${encodeURIComponent(this.#name)}`)
    const lease = answer.is === 'done' ? answer.body : undefined
    const version = lease?.metadata.resourceVersion
    if (this.#seen === undefined || this.#seen.version !== version) this.#seen = { version, since: this.#clock.now() }
    return lease
  }

  #hasLapsed(): boolean {
    return this.#seen !== undefined && this.#clock.now() - this.#seen.since >= this.#times.durationMs
  }

  /** @returns whether it was as it was read */
  async #write(before: KubernetesObject | undefined, holder: Leader | undefined, spec: object): Promise<boolean> {
    const metadata = { ...before?.metadata, name: this.#name }
    const reached = { [ADDRESS]: holder?.address ?? '', [HOSTS]: holder?.hosts ?? '' }
    const lease = {
      ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
      metadata: { ...metadata, annotations: { ...metadata.annotations, ...reached } },
      spec,
    }
    const answer =
      before === undefined
        ? await this.#api.ask('POST', this.#path, { body: lease })
        : await this.#api.ask('PUT', `${this.#path}/${encodeURIComponent(this.#name)}`, { body: lease })
    this.#own = answer.is === 'done' ? answer.body : undefined
    return answer.is === 'done'
  }
}

function specOf(lease: KubernetesObject | undefined): LeaseSpec {
  return (lease?.['spec'] as LeaseSpec | undefined) ?? {}
}

/** As the API server wants it: with six digits. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}
