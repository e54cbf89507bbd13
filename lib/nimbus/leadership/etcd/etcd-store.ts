/** What is kept in etcd: an area is a beginning of keys. */
import type { Area, ClusterReader, ClusterStore, Entry } from '../cluster-store.ts'
import type { Chain } from './chain.ts'
import type { EtcdClient } from './etcd-client.ts'
import { packed, unpacked } from './stored-value.ts'

/** The keys of a cluster. */
export class EtcdKeys {
  readonly #prefix: string

  /** @param cluster its name */
  constructor(cluster: string) {
    this.#prefix = `/typhoon/${encodeURIComponent(cluster)}/`
  }

  get leader(): string {
    return `${this.#prefix}leader`
  }

  get mark(): string {
    return `${this.#prefix}mark`
  }

  /** With which the keys of an area begin. */
  below(area: Area): string {
    return `${this.#prefix}${area}/`
  }
}

/** What anybody may do. */
export class EtcdReader implements ClusterReader {
  readonly #client: EtcdClient
  readonly #prefix: string

  constructor(client: EtcdClient, prefix: string) {
    this.#client = client
    this.#prefix = prefix
  }

  async get(key: string): Promise<Entry | undefined> {
    const found = await this.#client.get(this.#prefix + key)
    return found === undefined ? undefined : { value: unpacked(key, found.value), version: found.changed }
  }

  keys(): Promise<readonly string[]> {
    return this.#client.keysBelow(this.#prefix)
  }
}

/** What whoever leads may do. */
export class EtcdStore extends EtcdReader implements ClusterStore {
  readonly #chain: Chain
  readonly #prefix: string

  constructor(client: EtcdClient, prefix: string, chain: Chain) {
    super(client, prefix)
    this.#chain = chain
    this.#prefix = prefix
  }

  async put(key: string, value: unknown, expected: number): Promise<number> {
    return this.#chain.write(this.#prefix + key, key, packed(key, value), expected)
  }

  async remove(key: string, expected: number): Promise<void> {
    await this.#chain.write(this.#prefix + key, key, undefined, expected)
  }
}
