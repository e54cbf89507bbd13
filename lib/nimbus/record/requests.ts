/**
 * Changes that clients ask for with an id of their making. A record keeps the last ones of its topology and what was
 * answered, written together with the change; of topologies that were killed they are kept apart.
 *
 * The law: whoever has not heard an answer asks again with the same id, of whichever nimbus leads by then, and gets
 * that answer, or has the change made now. It is never made twice. An id is for one change: where anything else is
 * asked for under it, that is refused, and not taken for done.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { list, object, text } from '../../shape/guards.ts'
import { Turnstile } from '../../util/turnstile.ts'
import type { ClusterStore } from '../leadership/cluster-store.ts'
import { type TakenRequest, type TopologyRecord, takenRequest } from './record.ts'

/** Which change is asked for. */
export interface ChangeRequest {
  readonly id: string
  /** The operation. */
  readonly what: string
  /** SHA-256 of all that is asked for, the topology included, hexadecimal. */
  readonly digest: string
}

/** What is kept of an answer. */
export type KeptAnswer = Pick<TakenRequest, 'isOpen' | 'pauseMs' | 'savepoint'>

/** Of one topology. */
const MOST = 32
/** Of all topologies that were killed. */
const MOST_GONE = 256
const KEY = 'gone'

const goneRequests = object({ requests: list(object({ topology: text(), request: takenRequest })) })
interface GoneRequest {
  readonly topology: string
  readonly request: TakenRequest
}

/** The record, with a request and what is answered. @param now milliseconds since 1970 */
export function withRequest(
  record: TopologyRecord,
  request: ChangeRequest | undefined,
  now: number,
  answer: KeptAnswer = {},
): TopologyRecord {
  if (request === undefined) return record
  const { id, what, digest } = request
  const before = record.requests ?? []
  const at = before.find((one) => one.id === id)?.at ?? now
  const others = before.filter((one) => one.id !== id)
  return { ...record, requests: [...others, { id, what, digest, at, ...answer }].slice(-MOST) }
}

/** The request of this id, where it was taken. @throws SERVICE_BAD_REQUEST where that was for something else */
export function takenOf(
  requests: readonly TakenRequest[] | undefined,
  request: ChangeRequest | undefined,
): TakenRequest | undefined {
  const found = request === undefined ? undefined : requests?.find(({ id }) => id === request.id)
  if (found === undefined || isFor(found, request!)) return found
  throw otherChange(found)
}

/**
 * That a request was taken for no topology but this one.
 * @param records of all topologies
 * @throws SERVICE_BAD_REQUEST
 */
export function checkOwner(
  records: readonly Pick<TopologyRecord, 'name' | 'requests'>[],
  request: ChangeRequest | undefined,
  name: string,
): void {
  for (const { name: owner, requests } of records) {
    const taken = takenOf(requests, request)
    if (taken !== undefined && owner !== name) throw otherChange(taken)
  }
}

/** That an id stands for something else than what is asked for under it. @param known what it stands for */
export function otherChange({ what }: Pick<TakenRequest, 'what'>): TyphoonError {
  return new TyphoonError('SERVICE_BAD_REQUEST', `the id of this request is that of another one ("${what}")`, {
    hint: 'make a new id for each change; the same one stands for the same change',
  })
}

/** Whether the same is asked for. */
export function isFor(known: Pick<TakenRequest, 'what' | 'digest'>, request: ChangeRequest): boolean {
  return known.what === request.what && (known.digest === undefined || known.digest === request.digest)
}

/** The requests of topologies that were killed. */
export class GoneRequests {
  readonly #store: ClusterStore
  /** Several topologies may be killed at once. */
  readonly #changes = new Turnstile(1)
  #all: readonly GoneRequest[]
  #version: number

  private constructor(store: ClusterStore, all: readonly GoneRequest[], version: number) {
    this.#store = store
    this.#all = all
    this.#version = version
  }

  /** @throws as `ClusterStore.get` (rejects) */
  static async open(store: ClusterStore): Promise<GoneRequests> {
    const found = await store.get(KEY)
    const all = goneRequests(found?.value) ? found.value.requests : []
    return new GoneRequests(store, all, found?.version ?? 0)
  }

  /** One of them. @param name of the topology that it is for, where that is certain @throws as `takenOf` */
  find(request: ChangeRequest | undefined, name?: string): GoneRequest | undefined {
    const taken = takenOf(
      this.#all.map((one) => one.request),
      request,
    )
    const found = taken && this.#all.find((one) => one.request === taken)
    if (found !== undefined && name !== undefined && found.topology !== name) throw otherChange(found.request)
    return found
  }

  /** Keeps those of a topology whose record is about to be removed. @throws as `ClusterStore.put` (rejects) */
  keep({ name, requests = [] }: Pick<TopologyRecord, 'name' | 'requests'>): Promise<void> {
    return this.#changes.pass(async () => {
      const known = new Set(this.#all.map(({ request }) => request.id))
      const added = requests.filter(({ id }) => !known.has(id)).map((request) => ({ topology: name, request }))
      if (added.length === 0) return
      const all = [...this.#all, ...added].slice(-MOST_GONE)
      this.#version = await this.#store.put(KEY, { requests: all }, this.#version)
      this.#all = all
    })
  }
}

/** What was asked for was done, and its topology has been killed since. */
export function killedSince({ topology, request }: GoneRequest): TyphoonError {
  return new TyphoonError(
    'TOPOLOGY_UNKNOWN',
    `"${topology}" has been killed since this request ("${request.what}") was done`,
  )
}
