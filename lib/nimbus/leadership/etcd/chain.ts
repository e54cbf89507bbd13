/**
 * All writes of a reign, one after the other. Each is one transaction that etcd does where the leader's key is still
 * that of this reign, the mark of the store is still that of the write before, and the key itself is still what was
 * read; so it is refused for a leader that has lost its lease, and in a store that has gone back.
 *
 * A write that was not answered may be done or not. The mark has its name, so the next one finds out.
 */
import type { TyphoonError } from '../../../errors/typhoon-error.ts'
import { Turnstile } from '../../../util/turnstile.ts'
import { notLeader } from '../not-leader.ts'
import { busy, restored } from '../store-errors.ts'
import type { EtcdClient, Found, Step } from './etcd-client.ts'
import { followed, type Mark, readMark } from './mark.ts'

/** Where a reign stands in the store. */
export interface ReignKeys {
  /** The key of the leader, with its lease; and the revision at which it was made. */
  readonly leader: string
  readonly leaderCreated: number
  readonly mark: string
}

/** What it needs of its reign. */
export interface ChainPorts extends ReignKeys {
  readonly client: EtcdClient
  /** A name that no other write has. */
  newName(): string
  /** The reign is over. */
  readonly lost: AbortSignal
  lose(reason: TyphoonError): void
  /** The store has come so far. */
  onMark(mark: Mark): Promise<void>
}

/** A write that may be done. */
interface Unsure {
  readonly key: string
  readonly expected: number
  readonly removes: boolean
  readonly mark: Mark
}

/** A version that whoever has it takes for the newest, and the one that is. */
interface Moved {
  readonly from: number
  readonly to: number
}

export class Chain {
  readonly #ports: ChainPorts
  readonly #turns = new Turnstile(1)
  #mark: Mark
  /** The revision at which the mark was written. */
  #markChanged: number
  /** By name. */
  readonly #unsure = new Map<string, Unsure>()
  /** By key. */
  readonly #moved = new Map<string, Moved>()

  constructor(ports: ChainPorts, mark: Mark, markChanged: number) {
    this.#ports = ports
    this.#mark = mark
    this.#markChanged = markChanged
  }

  /**
   * Writes a key, or removes it where there is no content.
   * @param label of the key, for people
   * @returns the new version
   */
  write(key: string, label: string, content: Buffer | undefined, expected: number): Promise<number> {
    return this.#turns.pass(() => this.#write(key, label, content, expected))
  }

  /** Whether the reign still stands in the store; where it does not, it is lost. */
  async look(): Promise<void> {
    const { client, leader, mark } = this.#ports
    const before = this.#markChanged
    if (this.#unsure.size > 0) return
    const { found } = await client.transact([], [{ get: leader }, { get: mark }])
    // What was written meanwhile has made sure of it.
    if (this.#unsure.size === 0 && this.#markChanged === before) this.#judge(found[0], found[1])
  }

  async #write(key: string, label: string, content: Buffer | undefined, expected: number): Promise<number> {
    const { client, leader, leaderCreated, mark: markKey, lost, newName } = this.#ports
    const name = newName()
    for (;;) {
      lost.throwIfAborted()
      const moved = this.#moved.get(key)
      const from = moved?.from === expected ? moved.to : expected
      const mark = followed(this.#mark, name)
      this.#unsure.set(name, { key, expected, removes: content === undefined, mark })
      const step: Step = content === undefined ? { remove: key } : { put: key, value: content }
      const { succeeded, revision, found } = await client.transact(
        [
          { key: leader, created: leaderCreated },
          { key: markKey, changed: this.#markChanged },
          { key, changed: from },
        ],
        [step, { put: markKey, value: Buffer.from(JSON.stringify(mark)) }],
        [{ get: leader }, { get: markKey }],
      )
      if (succeeded) return this.#done(mark, revision)
      const done = this.#judge(found[0], found[1])
      if (done === undefined) {
        this.#unsure.delete(name)
        throw busy(label)
      }
      const { changed } = found[1]!
      await this.#done(done.mark, changed)
      if (done.mark.write === name) return changed
      this.#moved.set(done.key, { from: done.expected, to: done.removes ? 0 : changed })
    }
  }

  async #done(mark: Mark, revision: number): Promise<number> {
    this.#mark = mark
    this.#markChanged = revision
    this.#unsure.clear()
    await this.#ports.onMark(mark)
    return revision
  }

  /**
   * @returns a write that was not answered, and is done
   * @throws NOT_LEADER, STORE_RESTORED
   */
  #judge(leader: Found | undefined, mark: Found | undefined): Unsure | undefined {
    if (leader?.created !== this.#ports.leaderCreated)
      throw this.#lose(notLeader(leader === undefined ? 'its lease is over' : 'another one does'))
    if (mark?.changed === this.#markChanged) return undefined
    const done = mark === undefined ? undefined : this.#unsure.get(readMark(mark.value).write)
    if (done === undefined) throw this.#lose(restored('what was written last is not in it'))
    return done
  }

  #lose(reason: TyphoonError): TyphoonError {
    this.#ports.lose(reason)
    return reason
  }
}
