/**
 * Leadership over etcd. Whoever makes the key of the leader leads, for as long as the lease of that key is renewed; the
 * others look again and again.
 */
import { type Problem, TyphoonError, toProblem } from '../../../errors/typhoon-error.ts'
import { object, text } from '../../../shape/guards.ts'
import type { Clock } from '../../../util/time/clock.ts'
import { pause } from '../../../util/time/pause.ts'
import { Throttle } from '../../../util/time/throttle.ts'
import type { Area, ClusterReader } from '../cluster-store.ts'
import type { Leader, Leadership, Reign } from '../leadership.ts'
import { restored } from '../store-errors.ts'
import { EtcdClient, type Found } from './etcd-client.ts'
import { EtcdReign } from './etcd-reign.ts'
import { EtcdKeys, EtcdReader } from './etcd-store.ts'
import { type EtcdAccess, EtcdRefusal, Gateway } from './gateway.ts'
import { begun, lacking, type Mark, readMark, seenIn } from './mark.ts'
import type { SeenFile } from './seen-file.ts'
import { unpacked } from './stored-value.ts'

const POLL_MS = 500
const TROUBLE = { most: 1, intervalMs: 10_000, mostKinds: 8 }

/** Where a cluster is, and how it is led. */
export interface EtcdOptions extends EtcdAccess {
  /** Its name: several may share an etcd. */
  readonly cluster: string
  /** After so long another one leads when the leader is gone. */
  readonly leaseSeconds: number
  /** What this nimbus has seen of the store. */
  readonly seen: SeenFile
  /** The store counts as it is, where it has gone back. */
  readonly acceptsRestored: boolean
  readonly clock: Clock
  /** A name that nothing else has. */
  newName(): string
  /** What is tried again; of each kind once in ten seconds. */
  onTrouble(problem: Problem): void
}

const leader = object({ id: text(256), address: text(2048) }, { hosts: text(2048) })

export class EtcdLeadership implements Leadership {
  readonly #options: EtcdOptions
  readonly #client: EtcdClient
  readonly #renewing: EtcdClient
  readonly #keys: EtcdKeys
  readonly #throttle = new Throttle<Problem>(TROUBLE)

  constructor(options: EtcdOptions) {
    this.#options = options
    this.#client = new EtcdClient(new Gateway(options, options.clock))
    this.#renewing = new EtcdClient(new Gateway(options, options.clock))
    this.#keys = new EtcdKeys(options.cluster)
  }

  async campaign(self: Leader, signal: AbortSignal): Promise<Reign> {
    for (;;) {
      signal.throwIfAborted()
      const reign = await this.#attempt(self).catch((error: unknown) => {
        // Its lease was over before it was used.
        if (error instanceof EtcdRefusal) return undefined
        if (toProblem(error).code !== 'STORE_UNREACHABLE') throw error
        this.#tell(error)
        return undefined
      })
      if (reign !== undefined) {
        if (!signal.aborted) return reign
        await reign.resign()
      }
      await pause(this.#options.clock, POLL_MS, signal)
    }
  }

  async leader(): Promise<Leader | undefined> {
    const found = await this.#client.get(this.#keys.leader)
    if (found === undefined) return undefined
    const known = unpacked('leader', found.value)
    if (leader(known)) return known
    throw new TyphoonError('STATE_CORRUPT', 'what the store has of the leader is damaged')
  }

  reader(area: Area): ClusterReader {
    return new EtcdReader(this.#client, this.#keys.below(area))
  }

  async close(): Promise<void> {
    this.#client.close()
    this.#renewing.close()
  }

  /** @returns undefined where another one leads */
  async #attempt(self: Leader): Promise<Reign | undefined> {
    const { leaseSeconds, clock, newName } = this.#options
    const { leader: leaderKey, mark: markKey } = this.#keys
    const { found } = await this.#client.transact([], [{ get: leaderKey }, { get: markKey }])
    const before = found[1] === undefined ? undefined : readMark(found[1].value)
    const gone = this.#check(before)
    if (found[0] !== undefined) {
      if (before !== undefined && !gone) await this.#note(before)
      return undefined
    }
    const since = clock.now()
    const { id: lease, seconds } = await this.#client.grant(leaseSeconds)
    const mark = begun(before, newName(), newName(), gone ? this.#options.seen.seen : undefined)
    const {
      succeeded,
      revision,
      found: now,
    } = await this.#client.transact(
      [
        { key: leaderKey, created: 0 },
        { key: markKey, changed: found[1]?.changed ?? 0 },
      ],
      [
        { put: leaderKey, value: json(self), lease },
        { put: markKey, value: json(mark) },
      ],
      [{ get: leaderKey }, { get: markKey }],
    )
    // Where no answer had come to what was done, it is asked again, and its own lease is there.
    const isOurs = succeeded || now[0]?.lease === lease
    if (!isOurs) {
      await this.#client.revoke(lease).catch(() => {})
      return undefined
    }
    await this.#note(mark)
    const leaderCreated = succeeded ? revision : now[0]!.created
    const markChanged = succeeded ? revision : (now[1] as Found).changed
    const won = { lease, leaseMs: seconds * 1000, since, leaderCreated, mark, markChanged }
    return new EtcdReign(
      {
        ...{ client: this.#client, renewing: this.#renewing, keys: this.#keys, clock, newName },
        onMark: (changed) => this.#note(changed),
        onTrouble: (error) => this.#tell(error),
      },
      won,
    )
  }

  /** @returns whether it has gone back, and that is accepted @throws STORE_RESTORED */
  #check(mark: Mark | undefined): boolean {
    const { seen, acceptsRestored } = this.#options
    const what = lacking(mark, seen.seen)
    if (what === undefined) return false
    if (acceptsRestored) return true
    throw restored(what)
  }

  async #note(mark: Mark): Promise<void> {
    await this.#options.seen.note(seenIn(mark)).catch((error: unknown) => this.#tell(error))
  }

  #tell(error: unknown): void {
    const problem = toProblem(error)
    const told = this.#throttle.add(problem.code, problem, this.#options.clock.now())
    if (told !== undefined) this.#options.onTrouble(told.latest)
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
