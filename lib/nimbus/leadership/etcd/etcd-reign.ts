/**
 * A reign over etcd: the key of the leader has a lease, which is renewed as long as the reign lasts. It is over here
 * before it is over there: the time is counted from when a renewal was asked for, and a part of it is not used, so that
 * clocks may go differently.
 */
import { messageOf, type TyphoonError } from '../../../errors/typhoon-error.ts'
import type { Clock } from '../../../util/time/clock.ts'
import type { Area, ClusterStore } from '../cluster-store.ts'
import type { Reign } from '../leadership.ts'
import { notLeader } from '../not-leader.ts'
import { Chain, type ReignKeys } from './chain.ts'
import type { EtcdClient } from './etcd-client.ts'
import { type EtcdKeys, EtcdStore } from './etcd-store.ts'
import type { Mark } from './mark.ts'

/** Of the time of a lease so much is used. */
const USED = 0.9
/** So often in the time of a lease it is renewed. */
const RENEWALS = 4
const SOON_MS = 200
/** So long it is tried to hand over. */
const RESIGN_MS = 2000

/** What was won. */
export interface Won {
  readonly lease: string
  /** For how long it lasts. */
  readonly leaseMs: number
  /** When it was asked for, by the clock. */
  readonly since: number
  readonly leaderCreated: number
  readonly mark: Mark
  readonly markChanged: number
}

/** What a reign needs. */
export interface ReignPorts {
  readonly client: EtcdClient
  /** A connection of its own: what renews the lease waits for nothing else. */
  readonly renewing: EtcdClient
  readonly keys: EtcdKeys
  readonly clock: Clock
  newName(): string
  onMark(mark: Mark): Promise<void>
  onTrouble(error: unknown): void
}

export class EtcdReign implements Reign {
  readonly #ports: ReignPorts
  readonly #won: Won
  readonly #lost = new AbortController()
  readonly #chain: Chain
  #cancelBeat: () => void = () => {}
  #cancelEnd: () => void = () => {}
  #resigned: Promise<void> | undefined
  /** Why it was not renewed. */
  #trouble: unknown

  constructor(ports: ReignPorts, won: Won) {
    this.#ports = ports
    this.#won = won
    const keys: ReignKeys = { leader: ports.keys.leader, mark: ports.keys.mark, leaderCreated: won.leaderCreated }
    const lose = (reason: TyphoonError): void => this.#lose(reason)
    this.#chain = new Chain({ ...ports, ...keys, lost: this.lost, lose }, won.mark, won.markChanged)
    this.#lastsFrom(won.since)
    this.#beatIn(won.leaseMs / RENEWALS)
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  store(area: Area): ClusterStore {
    return new EtcdStore(this.#ports.client, this.#ports.keys.below(area), this.#chain)
  }

  resign(): Promise<void> {
    this.#lose(notLeader('it has resigned'))
    // Where it cannot be told, the lease runs out.
    this.#resigned ??= this.#ports.client.revoke(this.#won.lease, RESIGN_MS).catch(() => {})
    return this.#resigned
  }

  #lose(reason: TyphoonError): void {
    this.#cancelBeat()
    this.#cancelEnd()
    if (!this.lost.aborted) this.#lost.abort(reason)
  }

  #beatIn(ms: number): void {
    this.#cancelBeat()
    if (!this.lost.aborted) this.#cancelBeat = this.#ports.clock.after(ms, () => void this.#beat())
  }

  async #beat(): Promise<void> {
    const { clock, renewing, onTrouble } = this.#ports
    const { lease, leaseMs } = this.#won
    const askedAt = clock.now()
    try {
      const seconds = await renewing.keepAlive(lease, leaseMs / RENEWALS)
      if (seconds === 0) this.#lose(notLeader('its lease is over'))
      this.#lastsFrom(askedAt)
      this.#beatIn(leaseMs / RENEWALS)
      await this.#chain.look()
    } catch (error) {
      if (this.lost.aborted) return
      this.#trouble = error
      onTrouble(error)
      this.#beatIn(SOON_MS)
    }
  }

  #lastsFrom(since: number): void {
    const { clock } = this.#ports
    this.#cancelEnd()
    if (this.lost.aborted) return
    const leftMs = since + this.#won.leaseMs * USED - clock.now()
    this.#cancelEnd = clock.after(Math.max(0, leftMs), () => {
      const last = this.#trouble === undefined ? '' : `: ${messageOf(this.#trouble)}`
      this.#lose(notLeader(`its lease could not be renewed in time${last}`, this.#trouble))
    })
  }
}
