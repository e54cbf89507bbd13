/**
 * The profiles that are taken of the workers of a run, one of each worker at a time. What comes of one is handed on as
 * it is taken, and no more waits here than a worker may send unasked.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { FromWorker, ToWorker } from '../messaging/control.ts'
import { FIRST_PARTS, type ProfileKind } from '../messaging/profiles.ts'
import type { WorkerId } from '../tuple/ids.ts'

/** What is wanted. */
export interface ProfileWanted {
  readonly kind: ProfileKind
  /** For so long the processor is sampled. */
  readonly ms: number
}

/** As much of an AbortSignal as is needed: that is a type of Node.js, and declarations of tests go without those. */
export interface Abortable {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

type News = Extract<FromWorker, { readonly type: 'profiled' | 'profile-over' }>

/** One that is under way. */
interface Open {
  readonly profile: number
  readonly parts: string[]
  /** That was all. */
  isOver: boolean
  /** Why there is no more. */
  problem?: TyphoonError
  /** Something has come. */
  wake(): void
}

export class Profiles {
  readonly #tell: (worker: WorkerId, message: ToWorker) => boolean
  readonly #open = new Map<WorkerId, Open>()
  #last = 0

  /** @param tell says it to a worker; false where that hears nothing now */
  constructor(tell: (worker: WorkerId, message: ToWorker) => boolean) {
    this.#tell = tell
  }

  /**
   * Begins with the first call of `next`, and ends with the generator.
   * @param signal nobody wants it any more
   * @throws PROFILE_BUSY, PROFILE_FAILED (rejects)
   */
  async *take(worker: WorkerId, wanted: ProfileWanted, signal: Abortable): AsyncGenerator<string> {
    const open = this.#begin(worker, wanted)
    const { profile } = open
    const end = (): void => {
      open.problem ??= failed(worker, 'nobody wants it any more')
      open.wake()
    }
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    try {
      while (open.problem === undefined) {
        const text = open.parts.shift()
        if (text !== undefined) {
          yield text
          this.#tell(worker, { type: 'profile-more', profile, parts: 1 })
        } else if (open.isOver) return
        else await somethingCame(open)
      }
      throw open.problem
    } finally {
      signal.removeEventListener('abort', end)
      if (this.#open.get(worker) === open) this.#open.delete(worker)
      if (!open.isOver) this.#tell(worker, { type: 'profile-end', profile })
    }
  }

  /** @throws BAD_FRAME where it sends more than it was asked for */
  heard(worker: WorkerId, news: News): void {
    const open = this.#open.get(worker)
    // One that is not wanted any more goes on for a moment.
    if (open?.profile !== news.profile) return
    if (news.type === 'profiled') {
      if (open.parts.length >= FIRST_PARTS)
        throw new TyphoonError('BAD_FRAME', 'more of a profile has come than was asked for', { where: { worker } })
      open.parts.push(news.text)
    } else if (news.why === undefined) open.isOver = true
    else open.problem = failed(worker, news.why)
    open.wake()
  }

  /** It has ended. */
  gone(worker: WorkerId): void {
    const open = this.#open.get(worker)
    if (open === undefined || open.isOver) return
    open.problem = failed(worker, 'the worker has ended meanwhile')
    open.wake()
  }

  #begin(worker: WorkerId, { kind, ms }: ProfileWanted): Open {
    if (this.#open.has(worker))
      throw new TyphoonError('PROFILE_BUSY', `a profile of worker ${worker} is being taken already`, {
        where: { worker },
        hint: 'ask again when it is done',
      })
    const profile = ++this.#last
    if (!this.#tell(worker, { type: 'profile', profile, kind, ms })) throw failed(worker, 'the worker does not run now')
    const open: Open = { profile, parts: [], isOver: false, wake() {} }
    this.#open.set(worker, open)
    return open
  }
}

function somethingCame(open: Open): Promise<void> {
  return new Promise((resolve) => {
    open.wake = resolve
  })
}

function failed(worker: WorkerId, why: string): TyphoonError {
  return new TyphoonError('PROFILE_FAILED', `no profile of worker ${worker}: ${why}`, { where: { worker } })
}
