/** What is asked of etcd, in the words of this program; and what it answers, checked. */
import { flag, list, object, type Shape, type Shaped, text } from '../../../shape/guards.ts'
import { unreachable } from '../store-errors.ts'
import { EtcdRefusal, type Gateway } from './gateway.ts'

const PAGE = 500

/** What stands under a key. */
export interface Found {
  readonly key: string
  readonly value: Buffer
  /** The revision at which the key came into being. */
  readonly created: number
  /** The revision of its last change. */
  readonly changed: number
  /** '0': none. */
  readonly lease: string
}

/** A condition of a transaction: what a key was made, or last changed, at; 0: it is not there. */
export type Condition = { readonly key: string } & ({ readonly created: number } | { readonly changed: number })

/** A step of a transaction. */
export type Step =
  | { readonly get: string }
  | { readonly put: string; readonly value: Buffer; readonly lease?: string }
  | { readonly remove: string }

/** What came of a transaction. */
export interface Outcome {
  /** Whether all conditions have held. */
  readonly succeeded: boolean
  /** Of the whole store: what was written has changed at this one. */
  readonly revision: number
  /** For each step what was found; undefined where nothing was, and of what does not ask. */
  readonly found: readonly (Found | undefined)[]
}

const int = text(20)
const kv = object({ key: text(), create_revision: int, mod_revision: int }, { value: text(), lease: int })
const header = object({ revision: int })
const range = object({}, { kvs: list(kv) })
const txn = object({ header }, { responses: list(object({}, { response_range: range })), succeeded: flag })
const granted = object({ ID: int, TTL: int })
const kept = object({ result: object({}, { TTL: int }) })

export class EtcdClient {
  readonly #gateway: Gateway

  constructor(gateway: Gateway) {
    this.#gateway = gateway
  }

  async get(key: string): Promise<Found | undefined> {
    const { kvs = [] } = await this.#ask('kv/range', { key: encoded(key) }, range)
    return kvs[0] === undefined ? undefined : this.#found(kvs[0])
  }

  /** All keys with this beginning, without it. */
  async keysBelow(prefix: string): Promise<string[]> {
    const keys: string[] = []
    const end = encoded(Buffer.concat([Buffer.from(prefix), Buffer.from([0xff])]))
    for (let from = encoded(prefix); ; ) {
      const asked = { key: from, range_end: end, keys_only: true, limit: String(PAGE) }
      const { kvs = [] } = await this.#ask('kv/range', asked, range)
      keys.push(...kvs.map(({ key }) => decoded(key).toString().slice(prefix.length)))
      if (kvs.length < PAGE) return keys
      from = encoded(Buffer.concat([decoded(kvs.at(-1)!.key), Buffer.from([0])]))
    }
  }

  /** Does all of `then` where all conditions hold, and else all of `otherwise`. */
  async transact(
    conditions: readonly Condition[],
    then: readonly Step[],
    otherwise: readonly Step[] = [],
  ): Promise<Outcome> {
    const body = { compare: conditions.map(compared), success: then.map(asked), failure: otherwise.map(asked) }
    const { header: head, responses = [], succeeded = false } = await this.#ask('kv/txn', body, txn)
    const steps = succeeded ? then : otherwise
    if (responses.length !== steps.length) throw this.#malformed()
    const found = responses.map(({ response_range }) => {
      const first = response_range?.kvs?.[0]
      return first === undefined ? undefined : this.#found(first)
    })
    return { succeeded, revision: this.#number(head.revision), found }
  }

  /** A new lease. @returns it, and for how long, which may be longer than was asked */
  async grant(seconds: number): Promise<{ readonly id: string; readonly seconds: number }> {
    const { ID, TTL } = await this.#ask('lease/grant', { TTL: String(seconds) }, granted)
    return { id: ID, seconds: this.#number(TTL) }
  }

  /** Renews a lease. @returns for how long, in seconds; 0: it is over */
  async keepAlive(lease: string, patienceMs: number): Promise<number> {
    const { result } = await this.#ask('lease/keepalive', { ID: lease }, kept, patienceMs)
    return result.TTL === undefined ? 0 : this.#number(result.TTL)
  }

  /** Ends a lease, with the keys that have it. */
  async revoke(lease: string, patienceMs?: number): Promise<void> {
    try {
      await this.#gateway.ask('lease/revoke', { ID: lease }, patienceMs)
    } catch (error) {
      if (!(error instanceof EtcdRefusal)) throw error
    }
  }

  close(): void {
    this.#gateway.close()
  }

  async #ask<T>(path: string, body: object, shape: Shape<T>, patienceMs?: number): Promise<T> {
    const answer = await this.#gateway.ask(path, body, patienceMs)
    if (!shape(answer)) throw this.#malformed()
    return answer
  }

  #found({ key, value = '', create_revision, mod_revision, lease = '0' }: Shaped<typeof kv>): Found {
    return {
      key: decoded(key).toString(),
      value: decoded(value),
      created: this.#number(create_revision),
      changed: this.#number(mod_revision),
      lease,
    }
  }

  /** Numbers of 64 bits come as texts. */
  #number(said: string): number {
    const number = Number(said)
    if (/^\d+$/.test(said) && Number.isSafeInteger(number)) return number
    throw this.#malformed()
  }

  #malformed(): Error {
    return unreachable(this.#gateway.name, 'what answers there does not answer as etcd does')
  }
}

function compared(condition: Condition): object {
  const key = encoded(condition.key)
  return 'created' in condition
    ? { key, target: 'CREATE', result: 'EQUAL', create_revision: String(condition.created) }
    : { key, target: 'MOD', result: 'EQUAL', mod_revision: String(condition.changed) }
}

function asked(step: Step): object {
  if ('get' in step) return { request_range: { key: encoded(step.get) } }
  if ('remove' in step) return { request_delete_range: { key: encoded(step.remove) } }
  const { put, value, lease } = step
  const put_ = { key: encoded(put), value: encoded(value), ...(lease === undefined ? {} : { lease }) }
  return { request_put: put_ }
}

function encoded(content: string | Buffer): string {
  return Buffer.from(content as string).toString('base64')
}

function decoded(content: string): Buffer {
  return Buffer.from(content, 'base64')
}
