/**
 * What a nimbus does until it leads: it waits for its turn, knows who leads, and keeps the code of all topologies, so
 * that it can go on with them. Contents are checked by their digests; what cannot be had now is asked for again.
 */
import type { BlobDirectory } from '../bundle/blobs.ts'
import { type Problem, toProblem } from '../errors/typhoon-error.ts'
import type { Clock } from '../util/time/clock.ts'
import { pause } from '../util/time/pause.ts'
import { Throttle } from '../util/time/throttle.ts'
import { type LeaderCode, OfferedCode } from './code/offered-code.ts'
import type { Leader, Leadership, Reign } from './leadership/leadership.ts'
import { readRecord } from './record/record.ts'

const COPY_MS = 1000
/** So long it is believed who leads. */
const KNOWN_MS = 1000
const TROUBLE = { most: 1, intervalMs: 10_000, mostKinds: 16 }

/** What it needs. */
export interface StandByOptions {
  readonly leadership: Leadership
  readonly blobs: BlobDirectory
  /** Whether the leader uses the same folder of contents: then that one alone removes any. */
  readonly sharesBlobs?: boolean
  readonly clock: Clock
  /** Of the nimbus that leads. */
  readonly code: LeaderCode
  /** It goes on all the same; of each kind once in ten seconds. */
  onTrouble(problem: Problem): void
}

export class StandBy {
  readonly #options: StandByOptions
  readonly #offered: OfferedCode
  readonly #throttle = new Throttle<Problem>(TROUBLE)
  #known: { readonly at: number; readonly leader: Promise<Leader | undefined> } | undefined

  constructor(options: StandByOptions) {
    this.#options = options
    this.#offered = new OfferedCode({
      ...options,
      leader: () => this.leader(),
      onError: (error) => this.#tell(error),
    })
  }

  /** Who leads; undefined where that cannot be found out. */
  leader(): Promise<Leader | undefined> {
    const { clock, leadership } = this.#options
    const at = clock.now()
    if (this.#known === undefined || at - this.#known.at > KNOWN_MS)
      this.#known = { at, leader: leadership.leader().catch(() => undefined) }
    return this.#known.leader
  }

  /**
   * Stands by until it leads.
   * @param signal gives up
   * @throws as `Leadership.campaign`; STORE_NEWER where it does not understand what is to be led (rejects)
   */
  async campaign(self: Leader, signal: AbortSignal): Promise<Reign> {
    const over = new AbortController()
    const keeping = this.#keepCode(self, over)
    // It may be waiting for an answer: what it does then is nothing.
    void this.#offered.serve(self.id, over.signal)
    try {
      return await this.#options.leadership.campaign(self, AbortSignal.any([signal, over.signal]))
    } finally {
      over.abort()
      await keeping
    }
  }

  async #keepCode(self: Leader, over: AbortController): Promise<void> {
    const { leadership } = this.#options
    while (!over.signal.aborted) {
      try {
        const leader = await leadership.leader()
        if (leader !== undefined && leader.id !== self.id) await this.#copy(leader, over.signal)
      } catch (error) {
        if (toProblem(error).code === 'STORE_NEWER') over.abort(error)
        else this.#tell(error)
      }
      await pause(this.#options.clock, COPY_MS, over.signal)
    }
  }

  /** @throws STORE_NEWER, and what the store says (rejects) */
  async #copy(leader: Leader, signal: AbortSignal): Promise<void> {
    const { leadership, sharesBlobs = false } = this.#options
    const reader = leadership.reader('topologies')
    const needed = new Set<string>()
    let areAllSound = true
    for (const name of await reader.keys()) {
      if (signal.aborted) return
      try {
        const entry = await reader.get(name)
        if (entry === undefined) continue
        const { files } = readRecord(name, entry.value).wanted.bundle
        for (const { digest } of files) needed.add(digest)
        await this.#offered.fetchMissing(leader, files)
      } catch (error) {
        if (toProblem(error).code === 'STORE_NEWER') throw error
        areAllSound = false
        this.#tell(error)
      }
    }
    if (areAllSound && !sharesBlobs && !signal.aborted) await this.#offered.retain(needed)
  }

  #tell(error: unknown): void {
    const problem = toProblem(error)
    const told = this.#throttle.add(problem.code, problem, this.#options.clock.now())
    if (told !== undefined) this.#options.onTrouble(told.latest)
  }
}
