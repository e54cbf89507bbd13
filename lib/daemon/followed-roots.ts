/**
 * The tuple trees of a run that are followed. Workers record them; here they are asked for what they have of a root,
 * and what has failed is kept, whole, before the workers overwrite it.
 */
import type { FromWorker, ToWorker } from '../messaging/control.ts'
import type { SpansOf } from '../messaging/spans.ts'
import { LEAST_MASK } from '../topology/config/trace-sample.ts'
import type { WorkerId } from '../tuple/ids.ts'

/** What all workers have recorded of a root. */
export interface FollowedRoot {
  readonly root: string
  readonly parts: readonly { readonly worker: WorkerId; readonly spans: SpansOf['spans'] }[]
  /** Something was left out. */
  readonly isCut: boolean
  /** Workers that have not answered. */
  readonly missing: readonly WorkerId[]
}

/** What it needs. */
export interface FollowPorts {
  after(ms: number, call: () => void): () => void
  /** The workers that there must be, and those that hear what is said. */
  workers(): { readonly all: readonly WorkerId[]; readonly linked: readonly WorkerId[] }
  tell(message: ToWorker): void
}

/** Failed roots that are kept, and their spans together. */
const MOST_FAILED = 50
const MOST_SPANS = 100_000
/** What has failed together is asked for together; what runs on beside it may come to its end meanwhile. */
const GATHER_MS = 100
const ANSWER_MS = 2000
/** Roots that have their verdict are gathered for those that watch, so many at once: each costs a worker a look. */
const WATCH_MS = 1000
const MOST_WATCHED = 50

/** Is told of roots that have their verdict. @param leftOut of how many more it is not told */
type Watcher = (roots: readonly FollowedRoot[], leftOut: number) => void

interface Round {
  readonly waits: Set<WorkerId>
  readonly answers: Map<WorkerId, readonly SpansOf[]>
  end(): void
}

type News = Extract<FromWorker, { readonly type: 'followed' | 'spans' }>

export class FollowedRoots {
  readonly #ports: FollowPorts
  /** That of the configuration, and what was said since. */
  #mask: number | null
  #isSaid = false
  #cancelEnd: () => void = () => {}
  readonly #rounds = new Map<number, Round>()
  #round = 0
  readonly #failed = new Map<string, FollowedRoot>()
  readonly #justFailed = new Set<string>()
  /** Who waits for the next root. */
  readonly #waiting = new Set<(root: string, isOver: boolean) => void>()
  readonly #watchers = new Set<Watcher>()
  readonly #settled = new Set<string>()
  #unwatched = 0

  /** @param mask of the roots that are followed by the configuration; null: none */
  constructor(mask: number | null, ports: FollowPorts) {
    this.#mask = mask
    this.#ports = ports
  }

  /** Bits that the low half of a root that is followed has, all of them; null: none is. */
  get mask(): number | null {
    return this.#mask
  }

  /** The last ones that have failed, the oldest first. */
  get failed(): readonly FollowedRoot[] {
    return [...this.#failed.values()]
  }

  /** From now on other roots are followed. @param forMs for so long, and then as before; for good unless given */
  follow(mask: number | null, forMs?: number): void {
    const before = this.#mask
    this.#cancelEnd()
    this.#cancelEnd = forMs === undefined ? () => {} : this.#ports.after(forMs, () => this.follow(before))
    this.#mask = mask
    this.#isSaid = true
    this.#ports.tell({ type: 'follow-roots', mask })
  }

  /** What a worker that has its assignment must hear, where that does not say it. */
  orders(isAdopted: boolean): readonly ToWorker[] {
    const roots = this.#isSaid || isAdopted ? [{ type: 'follow-roots' as const, mask: this.#mask }] : []
    const watched = this.#watchers.size === 0 ? [] : [{ type: 'tell-acked' as const, on: true }]
    return [...roots, ...watched, ...(this.#waiting.size === 0 ? [] : [{ type: 'follow-next' as const, on: true }])]
  }

  /** What is known of a root. */
  async find(root: string): Promise<FollowedRoot> {
    const kept = this.#failed.get(root)
    const [found] = await this.#ask([root])
    return kept === undefined ? found! : merged(kept, found!)
  }

  /**
   * The next root that a spout emits is followed, until it has its verdict.
   * @param onRoot is called once with what is known of it then, or when it is wanted no longer; undefined: none came
   * @returns wants it no longer
   */
  next(onRoot: (root: FollowedRoot | undefined) => void): () => void {
    const before = this.#mask
    if (before === null) this.follow(LEAST_MASK)
    let first: string | undefined
    let isOver = false
    const end = (): void => {
      if (isOver) return
      isOver = true
      this.#waiting.delete(heard)
      this.#ports.tell({ type: 'follow-next', on: false })
      void (first === undefined ? Promise.resolve(undefined) : this.find(first)).then((root) => {
        if (before === null && this.#waiting.size === 0 && this.#mask === LEAST_MASK) this.follow(null)
        onRoot(root)
      })
    }
    const heard = (root: string, isSettled: boolean): void => {
      first ??= root
      if (first === root && isSettled) this.#ports.after(GATHER_MS, end)
    }
    this.#waiting.add(heard)
    // When all have answered, all follow: of a root that is emitted from then on all is recorded.
    void this.#ask([]).then(() => {
      if (!isOver) this.#ports.tell({ type: 'follow-next', on: true })
    })
    return end
  }

  /**
   * Roots that are followed are told of when they have their verdict, as many as there is room for.
   * @returns ends it
   */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    if (this.#watchers.size === 1) this.#ports.tell({ type: 'tell-acked', on: true })
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0)
        this.#ports.tell({ type: 'tell-acked', on: false })
    }
  }

  heard(worker: WorkerId, news: News): void {
    if (news.type === 'spans') this.#answered(worker, news)
    else {
      const { root, state, isNext } = news
      if (isNext) for (const wait of [...this.#waiting]) wait(root, state !== 'emitted')
      if (state === 'failed') this.#hasFailed(root)
      if (state !== 'emitted' && this.#watchers.size > 0) this.#hasSettled(root)
    }
  }

  /** What it has recorded is gone. */
  died(worker: WorkerId): void {
    for (const round of this.#rounds.values()) if (round.waits.delete(worker) && round.waits.size === 0) round.end()
  }

  #hasSettled(root: string): void {
    if (this.#settled.size === 0) this.#ports.after(WATCH_MS, () => void this.#tellSettled())
    if (this.#settled.size < MOST_WATCHED) this.#settled.add(root)
    else this.#unwatched++
  }

  async #tellSettled(): Promise<void> {
    const [roots, leftOut] = [[...this.#settled], this.#unwatched]
    this.#settled.clear()
    this.#unwatched = 0
    const found = await this.#ask(roots)
    for (const watcher of this.#watchers) watcher(found, leftOut)
  }

  #hasFailed(root: string): void {
    if (this.#justFailed.size === 0) this.#ports.after(GATHER_MS, () => void this.#keep())
    this.#justFailed.add(root)
  }

  async #keep(): Promise<void> {
    const roots = [...this.#justFailed].slice(-MOST_FAILED)
    this.#justFailed.clear()
    for (const found of await this.#ask(roots)) this.#failed.set(found.root, found)
    const spans = (): number =>
      this.failed.reduce((sum, { parts }) => sum + parts.flatMap(({ spans }) => spans).length, 0)
    for (const root of this.#failed.keys()) {
      if (this.#failed.size <= MOST_FAILED && spans() <= MOST_SPANS) break
      this.#failed.delete(root)
    }
  }

  /** Asks all workers; who does not answer in time is missing. */
  async #ask(roots: readonly string[]): Promise<FollowedRoot[]> {
    const { all, linked } = this.#ports.workers()
    const number = ++this.#round
    const answers = new Map<WorkerId, readonly SpansOf[]>()
    await new Promise<void>((resolve) => {
      const cancel = this.#ports.after(ANSWER_MS, () => resolve())
      const end = (): void => {
        cancel()
        resolve()
      }
      this.#rounds.set(number, { waits: new Set(linked), answers, end })
      if (linked.length === 0) end()
      this.#ports.tell({ type: 'spans', round: number, roots })
    })
    this.#rounds.delete(number)
    const missing = all.filter((worker) => !answers.has(worker))
    return roots.map((root) => {
      const found = [...answers].flatMap(([worker, of]) =>
        of.flatMap((one) => (one.root === root ? [{ worker, one }] : [])),
      )
      const parts = found.map(({ worker, one }) => ({ worker, spans: one.spans }))
      return { root, parts, isCut: found.some(({ one }) => one.isCut), missing }
    })
  }

  #answered(worker: WorkerId, { round, roots }: Extract<News, { readonly type: 'spans' }>): void {
    const open = this.#rounds.get(round)
    if (open === undefined || !open.waits.delete(worker)) return
    open.answers.set(worker, roots)
    if (open.waits.size === 0) open.end()
  }
}

/** What was kept when it failed may have been overwritten since, or have gone on. */
function merged(kept: FollowedRoot, now: FollowedRoot): FollowedRoot {
  const before = new Map(kept.parts.map(({ worker, spans }) => [worker, spans]))
  const parts = now.parts.map(({ worker, spans }) => {
    const older = before.get(worker) ?? []
    before.delete(worker)
    return { worker, spans: older.length > spans.length ? older : spans }
  })
  const rest = [...before].map(([worker, spans]) => ({ worker, spans }))
  const known = new Set([...kept.parts, ...now.parts].map(({ worker }) => worker))
  const missing = now.missing.filter((worker) => !known.has(worker))
  return { root: kept.root, parts: [...parts, ...rest], isCut: kept.isCut, missing }
}
