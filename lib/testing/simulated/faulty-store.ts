/**
 * A snapshot store that can be slow and full, and that is watched: each call is heard of before it has an effect, and
 * after it.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { Manifest } from '../../snapshots/manifest.ts'
import type { NewFile, SnapshotStore } from '../../snapshots/snapshot-store.ts'
import type { MemorySnapshots } from './memory-snapshots.ts'

/** What is called of a store, in the order in which a snapshot needs it, then what is called on the way back. */
export const CALLS = ['create', 'append', 'finish', 'complete', 'retain', 'list', 'manifest', 'read'] as const
/** A call of a store. */
export type Call = (typeof CALLS)[number]

/** A moment of a call. */
export type Moment = `before ${Call}` | `after ${Call}`

export interface FaultyStorePorts {
  /** Of the cluster whose run uses it. */
  readonly clock: { after(ms: number, callback: () => void): unknown }
  /** Why what is written is refused now. */
  fault(): string | undefined
  /** How long a call takes now, milliseconds; undefined: it takes no time. */
  delayMs?(): number | undefined
  /** What is returned is waited for. */
  reach?(moment: Moment): void | Promise<void>
  /** Grows when another nimbus takes the lease: what the one before has asked for has no effect any more. */
  reign?(): number
  /** A snapshot is about to be there. */
  onComplete?(manifest: Manifest): Promise<void>
}

export class FaultyStore implements SnapshotStore {
  readonly #inner: MemorySnapshots
  readonly #ports: FaultyStorePorts

  constructor(inner: MemorySnapshots, ports: FaultyStorePorts) {
    this.#inner = inner
    this.#ports = ports
  }

  async create(name: string): Promise<NewFile> {
    const file = await this.#writes('create', () => this.#inner.create(name))
    return {
      name,
      get size() {
        return file.size
      },
      append: (bytes) => this.#writes('append', () => file.append(bytes)),
      finish: () => this.#writes('finish', () => file.finish()),
      abandon: () => file.abandon(),
    }
  }

  read(name: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#call('read', () => this.#inner.read(name, offset, length))
  }

  list(): Promise<number[]> {
    return this.#call('list', () => this.#inner.list())
  }

  manifest(snapshot: number): Promise<Manifest> {
    return this.#call('manifest', () => this.#inner.manifest(snapshot))
  }

  async complete(manifest: Manifest): Promise<void> {
    await this.#ports.onComplete?.(manifest)
    return this.#writes(
      'complete',
      this.#ofNow(() => this.#inner.complete(manifest)),
    )
  }

  retain(manifests: readonly Manifest[]): Promise<void> {
    return this.#call(
      'retain',
      this.#ofNow(() => this.#inner.retain(manifests)),
    )
  }

  /** What only a nimbus does: with a directory, it does that while it has the lease, or not at all. */
  #ofNow<T>(action: () => Promise<T>): () => Promise<T> {
    const reign = (): number => this.#ports.reign?.() ?? 0
    const own = reign()
    return () => (reign() === own ? action() : new Promise<never>(() => {}))
  }

  #writes<T>(call: Call, action: () => Promise<T>): Promise<T> {
    return this.#call(call, async () => {
      const fault = this.#ports.fault()
      if (fault !== undefined) throw new TyphoonError('STATE_UNAVAILABLE', `a snapshot cannot be written: ${fault}`)
      return action()
    })
  }

  async #call<T>(call: Call, action: () => Promise<T>): Promise<T> {
    const { clock, delayMs, reach } = this.#ports
    await reach?.(`before ${call}`)
    const ms = delayMs?.()
    if (ms !== undefined) await new Promise<void>((resolve) => void clock.after(ms, resolve))
    const result = await action()
    await reach?.(`after ${call}`)
    return result
  }
}
