/** The limits of the workers of one run: who is put under them, and what a worker died of that came to one. */

import { type Problem, toProblem } from '../../errors/typhoon-error.ts'
import type { ChildEnd } from '../../identity/child-end.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import type { WorkerId } from '../../tuple/ids.ts'
import { Cgroups, limitsOf, type WorkerGroup } from './cgroups.ts'

/** V8 says it before it ends the process. */
const HEAP_IS_FULL = /heap out of memory/
/** 128 and the number of SIGABRT. */
const ABORTED = 134
const LESS =
  'keep less in memory: topology.state.backend: embedded keeps states on the disk, topology.max.spout.pending bounds what is in flight'

export class WorkerLimits {
  readonly #config: ResolvedConfig
  readonly #tell: (problem: Problem, worker: WorkerId) => void
  #cgroups: Cgroups | undefined
  #isTold = false

  /** @param tell that there are none, though they are wanted */
  constructor(config: ResolvedConfig, tell: (problem: Problem, worker: WorkerId) => void) {
    this.#config = config
    this.#tell = tell
  }

  /** Puts a process that was just started under those that the kernel keeps, if any are wanted. */
  put(pid: number | undefined, worker: WorkerId, name: string): WorkerGroup | undefined {
    const wanted = limitsOf(this.#config)
    if (pid === undefined || wanted === undefined || this.#isTold) return undefined
    try {
      this.#cgroups ??= new Cgroups(wanted)
      return this.#cgroups.put(pid, name)
    } catch (error) {
      this.#isTold = true
      this.#tell(toProblem(error), worker)
      return undefined
    }
  }

  /**
   * What a worker died of, where that is lack of memory.
   * @param isHeapFull V8 has said so
   */
  deathBy(end: ChildEnd, worker: WorkerId, isHeapFull: boolean, group: WorkerGroup | undefined): Problem | undefined {
    const heapMb = this.#config['topology.worker.max.heap.size.mb']
    if (isHeapFull && isAbort(end)) {
      const how = heapMb === null ? 'its heap is as large as Node.js lets it be' : `its heap has reached ${heapMb} MB`
      return outOfMemory(worker, how, 'topology.worker.max.heap.size.mb')
    }
    if (end.kind !== 'signaled' || end.signal !== 'SIGKILL' || group?.outOfMemory !== true) return undefined
    const mb = this.#config['topology.worker.memory.limit.mb']
    return outOfMemory(worker, `it and its children have reached ${mb} MB`, 'topology.worker.memory.limit.mb')
  }

  /** Whether a line of stderr says that the heap is full. */
  static saysHeapIsFull(line: string): boolean {
    return HEAP_IS_FULL.test(line)
  }
}

/** How V8 ends a process, as builds of it and shells have it. */
function isAbort(end: ChildEnd): boolean {
  if (end.kind === 'exited') return end.code === ABORTED
  return end.kind === 'signaled' && (end.signal === 'SIGABRT' || end.signal === 'SIGTRAP')
}

function outOfMemory(worker: WorkerId, how: string, key: string): Problem {
  return {
    code: 'WORKER_OUT_OF_MEMORY',
    message: `worker ${worker} has run out of memory: ${how}`,
    where: { worker, key },
    hint: `raise ${key}, or ${LESS}`,
  }
}
