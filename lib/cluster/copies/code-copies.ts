/**
 * The code of topologies on other processes of the cluster, as the nimbus that leads sees it. Those that stand by ask
 * again and again what they are to have, and say so what they have got; what is missing here is brought by whoever has
 * it, another nimbus or a host.
 *
 * The laws: code counts as copied where a nimbus has said that it has all of it. Nothing is brought that was not asked
 * for, and the digest of a content is its proof.
 */
import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { BlobDirectory } from '../../bundle/blobs.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { Content, Copies, Spread, Taken, Told } from '../../nimbus/code/copies.ts'
import type { Clock } from '../../util/time/clock.ts'
import { Turnstile } from '../../util/turnstile.ts'

/** What it needs. */
export interface CodeCopiesPorts {
  readonly clock: Clock
  readonly blobs: BlobDirectory
  /** Asks all hosts that are there to bring what they have of these. @returns their names */
  askHosts(digests: readonly string[]): readonly string[]
}

/** Code that is to be copied. */
interface Offer {
  readonly files: readonly Content[]
  /** The nimbuses that have it. */
  readonly holders: Set<string>
}

/** What is missing here. */
interface Lack {
  readonly number: number
  /** All that was missing when it was asked for. */
  readonly digests: ReadonlySet<string>
  /** What is missing still, by digest. */
  readonly bytes: Map<string, number>
  /** Who may still bring something of it. */
  readonly asked: Set<string>
  /** When something has come. */
  at: number
}

/** So long a nimbus is let wait for something new. */
const HOLD_MS = 3000
/** One that has not asked for so long is not there. */
const ABSENT_MS = 5000
/** Those that stand by have so long to find out who leads. */
const COMING_MS = 3000
/** Nobody brings anything any more where nothing has come for so long. */
const SILENT_MS = 10_000
const LOOK_MS = 100

export class CodeCopies implements Copies {
  readonly #ports: CodeCopiesPorts
  readonly #reign = randomUUID()
  readonly #offers = new Map<number, Offer>()
  /** When each nimbus that stands by was heard last. */
  readonly #heardAt = new Map<string, number>()
  /** Which of its questions is the last, by nimbus. */
  readonly #questions = new Map<string, number>()
  readonly #gathering = new Turnstile(1)
  #lack: Lack | undefined
  #number = 0
  /** Before that, those that stand by may not have come yet. */
  #allThereAt = 0
  readonly #waiting = new Set<() => void>()

  constructor(ports: CodeCopiesPorts) {
    this.#ports = ports
  }

  /** This nimbus leads from now on. @param isShared others may stand by */
  begin(isShared: boolean): void {
    if (isShared) this.#allThereAt = this.#ports.clock.now() + COMING_MS
  }

  async spread(files: readonly Content[], least: number | undefined, mostMs: number): Promise<Spread> {
    const offer: Offer = { files, holders: new Set() }
    const number = ++this.#number
    this.#offers.set(number, offer)
    this.#tell()
    const { clock } = this.#ports
    const isEnough = (): boolean => {
      if (least !== undefined) return offer.holders.size + 1 >= least
      return clock.now() >= this.#allThereAt && this.#present.every((name) => offer.holders.has(name))
    }
    await this.#until(isEnough, clock.now() + mostMs)
    this.#offers.delete(number)
    const wanted = least ?? new Set([...this.#present, ...offer.holders]).size + 1
    return { copies: offer.holders.size + 1, wanted }
  }

  gather(files: readonly Content[]): Promise<void> {
    return this.#gathering.pass(async () => {
      const { blobs, clock, askHosts } = this.#ports
      const bytesOf = new Map(files.map(({ digest, bytes }) => [digest, bytes]))
      const missing = await blobs.missing([...bytesOf.keys()])
      if (missing.length === 0) return
      const lack: Lack = {
        number: ++this.#number,
        digests: new Set(missing),
        bytes: new Map(missing.map((digest) => [digest, bytesOf.get(digest)!])),
        asked: new Set([...this.#present.map(nimbusCalled), ...askHosts(missing).map(hostCalled)]),
        at: clock.now(),
      }
      this.#lack = lack
      this.#tell()
      const isOver = (): boolean => lack.bytes.size === 0 || lack.asked.size === 0 || clock.now() - lack.at >= SILENT_MS
      await this.#until(isOver, Number.POSITIVE_INFINITY)
      this.#lack = undefined
    })
  }

  /**
   * A nimbus that stands by asks what there is for it; it is let wait for that.
   * @param taken what it has done of what it was told before
   * @param gone it waits no longer
   */
  async ask(name: string, taken: Taken, gone: AbortSignal): Promise<Told> {
    const { clock } = this.#ports
    const question = (this.#questions.get(name) ?? 0) + 1
    this.#questions.set(name, question)
    this.heard(name)
    const { offer: has, lack: brought } = taken.reign === this.#reign ? taken : { offer: 0, lack: 0 }
    for (const [number, { holders }] of this.#offers) if (number <= has) holders.add(name)
    if (this.#lack !== undefined && brought >= this.#lack.number) this.#lack.asked.delete(nimbusCalled(name))
    this.#tell()
    const news = (): number[] => [...this.#offers.keys()].filter((number) => number > has)
    const lacks = (): Lack | undefined =>
      this.#lack !== undefined && this.#lack.number > brought ? this.#lack : undefined
    const isOver = (): boolean => gone.aborted || this.#questions.get(name) !== question
    await this.#until(() => isOver() || news().length > 0 || lacks() !== undefined, clock.now() + HOLD_MS)
    if (!isOver()) this.heard(name)
    const lack = lacks()
    return {
      reign: this.#reign,
      offers: news().map((number) => ({ number, files: this.#offers.get(number)!.files })),
      ...(lack === undefined ? {} : { lacks: { number: lack.number, digests: [...lack.bytes.keys()] } }),
    }
  }

  /** A nimbus that stands by lives. */
  heard(name: string): void {
    this.#heardAt.set(name, this.#ports.clock.now())
  }

  /** A host has brought what it has of what is missing. */
  brought(host: string): void {
    this.#lack?.asked.delete(hostCalled(host))
    this.#tell()
  }

  /**
   * Takes a content in that is missing here.
   * @throws SERVICE_BAD_REQUEST where it is not; BAD_BUNDLE where it is another one (rejects)
   */
  async take(digest: string, content: Readable): Promise<void> {
    const lack = this.#lack
    if (lack?.digests.has(digest) !== true)
      throw new TyphoonError('SERVICE_BAD_REQUEST', `nobody has asked for the content ${digest}`)
    const bytes = lack.bytes.get(digest)
    if (bytes === undefined) {
      // Somebody else was faster.
      content.resume()
      return
    }
    await this.#ports.blobs.put(digest, content, bytes)
    lack.bytes.delete(digest)
    lack.at = this.#ports.clock.now()
    this.#tell()
  }

  /** The nimbuses that stand by. */
  get #present(): string[] {
    const now = this.#ports.clock.now()
    return [...this.#heardAt].filter(([, at]) => now - at < ABSENT_MS).map(([name]) => name)
  }

  #tell(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** Waits until it is so, or it is that late. */
  async #until(isSo: () => boolean, deadline: number): Promise<void> {
    const { clock } = this.#ports
    while (!isSo() && clock.now() < deadline) {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          cancel()
          this.#waiting.delete(look)
          resolve()
        }
        const cancel = clock.after(LOOK_MS, look)
        this.#waiting.add(look)
      })
    }
  }
}

function nimbusCalled(name: string): string {
  return `nimbus ${name}`
}

function hostCalled(name: string): string {
  return `host ${name}`
}
