/** Which hosts somebody wants to be left, as it is kept beyond the end of a nimbus. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { list, object, text } from '../shape/guards.ts'
import { Turnstile } from '../util/turnstile.ts'
import type { Engine } from './hosted/engine.ts'
import type { ClusterStore } from './leadership/cluster-store.ts'

const KEY = 'to-leave'
const KEPT = object({ names: list(text(300)) })

export class HostsToLeave {
  readonly #store: ClusterStore
  readonly #engine: Engine | undefined
  /** One change after the other. */
  readonly #turns = new Turnstile(1)
  #names: ReadonlySet<string> = new Set()
  #version = 0

  /** @param engine unless given there are no hosts */
  constructor(store: ClusterStore, engine: Engine | undefined) {
    this.#store = store
    this.#engine = engine
  }

  /** Lets the engine know what is kept. @throws STATE_CORRUPT, and what the store says (rejects) */
  async open(): Promise<void> {
    if (this.#engine === undefined) return
    const entry = await this.#store.get(KEY)
    if (entry === undefined) return
    this.#version = entry.version
    if (!KEPT(entry.value))
      throw new TyphoonError('STATE_CORRUPT', 'which hosts are to be left is damaged in the store', {
        hint: 'drain them again',
      })
    this.#names = new Set(entry.value.names)
    for (const name of this.#names) this.#engine.leave(name, true)
  }

  /** It lasts when this is fulfilled. @throws HOST_UNKNOWN, and what the store says (rejects): nothing has changed */
  async leave(host: string, isToBeLeft: boolean): Promise<void> {
    const engine = this.#engine
    if (engine === undefined)
      throw new TyphoonError('HOST_UNKNOWN', 'this service has no other hosts', { hint: 'see typhoon nimbus' })
    engine.check(host)
    await this.#keep(host, isToBeLeft)
    engine.leave(host, isToBeLeft)
  }

  #keep(host: string, isToBeLeft: boolean): Promise<void> {
    return this.#turns.pass(async () => {
      const others = [...this.#names].filter((name) => name !== host)
      const names = isToBeLeft ? [...others, host].sort() : others
      if (names.length === this.#names.size) return
      this.#version = await this.#store.put(KEY, { names }, this.#version)
      this.#names = new Set(names)
    })
  }
}
