/** The tuple trees of a run that are followed: which ones, the last that failed, and one as a whole. */
import type { FollowedRoot } from '../daemon/followed-roots.ts'
import type { Run as DaemonRun } from '../daemon/run.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { maskOf, sampleOf } from '../topology/config/trace-sample.ts'
import { assemble, type Places } from '../tracing/assemble.ts'
import type { Trace } from '../tracing/trace.ts'
import { parseRoot } from '../tuple/ids.ts'
import { ACKER_COMPONENT } from '../tuple/system-ids.ts'

/** A root that has failed, in short. */
export type FailedRoot = Pick<Trace, 'root' | 'component' | 'task' | 'messageId' | 'emitted' | 'reason' | 'replayOf'>

/** What is followed. */
export interface TracingStatus {
  /** The part of the roots; 0: none. */
  readonly sample: number
  /** The last ones that have failed, the oldest first. */
  readonly failed: readonly FailedRoot[]
}

/** Of one run. All of it throws NO_ROOTS where its tuples are in no trees. */
export class RunTracing {
  readonly #run: DaemonRun

  constructor(run: DaemonRun) {
    this.#run = run
  }

  get status(): TracingStatus {
    this.#check()
    const { mask, failed } = this.#run.followed
    const traces = failed.flatMap((root) => this.#assembled(root) ?? [])
    return { sample: sampleOf(mask), failed: traces.map(shortened) }
  }

  /**
   * Another part of the roots is followed from now on.
   * @param sample rounded to a power of two; 0: none
   * @param forMs for so long, and then as before; for good unless given
   * @returns the part that it is
   * @throws BAD_ARGUMENT
   */
  follow(sample: number, forMs?: number): number {
    this.#check()
    if (!(sample >= 0 && sample <= 1))
      throw new TyphoonError('BAD_ARGUMENT', `sample is ${sample}, and must be from 0 to 1`, {
        where: { key: 'sample' },
      })
    this.#run.followed.follow(maskOf(sample), forMs)
    return sampleOf(this.#run.followed.mask)
  }

  /** @throws ROOT_UNKNOWN (rejects) where nothing is recorded of it */
  async trace(root: string): Promise<Trace> {
    this.#check()
    if (parseRoot(root) === undefined) throw unknown(`"${root}" is no id of a root`, 'it has 16 hexadecimal digits')
    const trace = this.#assembled(await this.#run.followed.find(root))
    if (trace !== undefined) return trace
    const isOff = this.#run.followed.mask === null
    const message = `nothing is recorded of the root ${root}: it was not followed, or is overwritten since`
    throw unknown(
      message,
      `${isOff ? 'no roots are followed now: ' : ''}see typhoon trace --sample, --next and --failed`,
    )
  }

  /**
   * The next root that a spout emits.
   * @param onTrace is called once, when it has its verdict or is wanted no longer; undefined: none came
   * @returns wants it no longer
   */
  next(onTrace: (trace: Trace | undefined) => void): () => void {
    this.#check()
    return this.#run.followed.next((root) => onTrace(root && this.#assembled(root)))
  }

  /**
   * Roots that are followed, each when it has its verdict, as many as there is room for.
   * @param onTraces is told of them, and of how many more it is not told
   * @returns ends it
   */
  watch(onTraces: (traces: readonly Trace[], leftOut: number) => void): () => void {
    this.#check()
    return this.#run.followed.watch((roots, leftOut) =>
      onTraces(
        roots.flatMap((root) => this.#assembled(root) ?? []),
        leftOut,
      ),
    )
  }

  #assembled(recorded: FollowedRoot): Trace | undefined {
    return assemble(recorded, this.#places)
  }

  get #places(): Places {
    const { tasks } = this.#run.plan
    return {
      componentOf: (task) => tasks[task - 1]?.component ?? '',
      workerOf: (task) => tasks[task - 1]?.worker ?? 0,
    }
  }

  /** @throws NO_ROOTS */
  #check(): void {
    if (this.#run.plan.topology.components[ACKER_COMPONENT] !== undefined) return
    throw new TyphoonError('NO_ROOTS', 'its tuples are in no trees, so there are none to follow', {
      hint: 'trees are those of at-least-once, with ackers; typhoon tap shows the tuples themselves',
    })
  }
}

function shortened({ root, component, task, messageId, emitted, reason, replayOf }: Trace): FailedRoot {
  return {
    ...{ root, component, task },
    ...(messageId !== undefined && { messageId }),
    ...(emitted !== undefined && { emitted }),
    ...(reason !== undefined && { reason }),
    ...(replayOf !== undefined && { replayOf }),
  }
}

function unknown(message: string, hint: string): TyphoonError {
  return new TyphoonError('ROOT_UNKNOWN', message, { hint })
}
