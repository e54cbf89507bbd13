/**
 * What a nimbus that stands by does for the one that leads: it copies the code that it is offered, before a topology of
 * it is answered for, and brings back what the leader has lost. What cannot be done now is tried again.
 */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { BlobDirectory } from '../../bundle/blobs.ts'
import type { Clock } from '../../util/time/clock.ts'
import { pause } from '../../util/time/pause.ts'
import { Turnstile } from '../../util/turnstile.ts'
import type { Leader } from '../leadership/leadership.ts'
import type { Content, Taken, Told } from './copies.ts'

/** The code of the nimbus that leads, as another one reaches it. */
export interface LeaderCode {
  /** A content of the code of a topology. */
  fetch(leader: Leader, digest: string): Promise<Readable>
  /** What there is to do; it is let wait for that. */
  ask(leader: Leader, taken: Taken): Promise<Told>
  /** Brings a content that the leader lacks. */
  give(leader: Leader, digest: string, content: Readable): Promise<void>
}

/** What it needs. */
export interface OfferedCodeOptions {
  readonly blobs: BlobDirectory
  readonly clock: Clock
  readonly code: LeaderCode
  /** Who leads, as far as is known. */
  leader(): Promise<Leader | undefined>
  onError(error: unknown): void
}

const AGAIN_MS = 1000
/** What was offered is kept for so long at least: its topology is in the store by then, or never. */
const KEPT_MS = 600_000
const NOTHING: Taken = { reign: '', offer: 0, lack: 0 }

export class OfferedCode {
  readonly #options: OfferedCodeOptions
  /** When each content was offered last. */
  readonly #offeredAt = new Map<string, number>()
  /** Nothing is removed while it is looked what is there. */
  readonly #turns = new Turnstile(1)

  constructor(options: OfferedCodeOptions) {
    this.#options = options
  }

  /** Serves whoever leads, until it is called off. @param self the id of this nimbus */
  async serve(self: string, over: AbortSignal): Promise<void> {
    const { clock, code, leader, onError } = this.#options
    let taken = NOTHING
    while (!over.aborted) {
      try {
        const leading = await leader()
        if (leading?.hosts !== undefined && leading.id !== self) {
          const told = await code.ask(leading, taken)
          if (over.aborted) return
          taken = await this.#obey(leading, told, taken)
          continue
        }
      } catch (error) {
        onError(error)
      }
      await pause(clock, AGAIN_MS, over)
    }
  }

  /** Removes all that is not one of these, and was not offered of late. */
  retain(digests: ReadonlySet<string>): Promise<void> {
    return this.#turns.pass(() => {
      const now = this.#options.clock.now()
      for (const [digest, at] of this.#offeredAt) if (now - at > KEPT_MS) this.#offeredAt.delete(digest)
      return this.#options.blobs.retain(new Set([...digests, ...this.#offeredAt.keys()]))
    })
  }

  /** Fetches those that are missing here. */
  async fetchMissing(leader: Leader, files: readonly Content[]): Promise<void> {
    const { blobs, code } = this.#options
    const bytesOf = new Map(files.map(({ digest, bytes }) => [digest, bytes]))
    for (const digest of await blobs.missing([...bytesOf.keys()]))
      await blobs.put(digest, await code.fetch(leader, digest), bytesOf.get(digest))
  }

  async #obey(leader: Leader, { reign, offers, lacks }: Told, before: Taken): Promise<Taken> {
    const known = before.reign === reign ? before : { ...NOTHING, reign }
    for (const { files } of offers)
      await this.#turns.pass(async () => {
        const now = this.#options.clock.now()
        for (const { digest } of files) this.#offeredAt.set(digest, now)
        await this.fetchMissing(leader, files)
      })
    const offer = Math.max(known.offer, ...offers.map(({ number }) => number))
    if (lacks !== undefined) await this.#bring(leader, lacks.digests)
    return { reign, offer, lack: lacks?.number ?? known.lack }
  }

  async #bring(leader: Leader, digests: readonly string[]): Promise<void> {
    const { blobs, code, onError } = this.#options
    const missing = new Set(await blobs.missing(digests))
    for (const digest of digests)
      if (!missing.has(digest)) await code.give(leader, digest, createReadStream(blobs.pathOf(digest))).catch(onError)
  }
}
