/**
 * Lets happen to a run what was drawn for it, and sees when it has recovered.
 *
 * The law: a run has recovered from a fault when the fault is over, the worker that it met lives, and a tuple has come
 * out that came through that worker; where none ever does, any tuple. It is counted from the beginning of the fault.
 * Whatever happens, no process is left standing still.
 */
import { fateOf } from '../../identity/process-identity.ts'
import type { Run } from '../../run/index.ts'
import type { Fault } from '../faults.ts'
import { CALM, type Effects, putUp, signedIn } from './board.ts'
import type { SeenRows } from './seen-rows.ts'

const LOOK_MS = 20

/** A fault after which nothing has come out yet. */
interface Open {
  readonly worker: number
  readonly since: number
  readonly until: number
}

/** What it needs of a run. */
export interface TroublePorts {
  readonly run: Run
  readonly folder: string
  readonly seen: SeenRows
  /** By worker the tasks from which witnesses get tuples. */
  readonly senders: ReadonlyMap<number, readonly number[]>
}

export class Trouble {
  readonly recoveredMs: number[] = []
  /** Faults that have happened. */
  times = 0
  /** Workers that have ended before they were to. */
  deaths = 0
  readonly #ports: TroublePorts
  readonly #timers = new Set<NodeJS.Timeout>()
  /** By worker what is up with it. */
  readonly #now = new Map<number, Fault[]>()
  readonly #down = new Set<number>()
  readonly #stopped = new Set<number>()
  #open: Open[] = []
  #looking: NodeJS.Timeout | undefined

  constructor(ports: TroublePorts) {
    this.#ports = ports
    ports.run.listen({
      onWorkerLost: (worker) => {
        this.deaths++
        this.#down.add(worker)
      },
      onWorkerStarted: (worker) => void this.#down.delete(worker),
    })
  }

  begin(faults: readonly Fault[]): void {
    for (const fault of faults) this.#after(fault.atMs, () => this.#strike(fault))
    this.#looking = setInterval(() => this.#look(), LOOK_MS)
  }

  end(): void {
    clearInterval(this.#looking)
    for (const timer of this.#timers) clearTimeout(timer)
    for (const worker of this.#stopped) this.#signal(worker, 'SIGCONT')
  }

  #strike(fault: Fault): void {
    const { worker, forMs } = fault
    const { status } = this.#ports.run
    const needsProcess = fault.kind === 'kill' || fault.kind === 'stop'
    if (!IS_RUNNING.includes(status) || (needsProcess && this.#down.has(worker))) return
    const end = this.#start(fault)
    if (end === undefined) return
    this.times++
    const now = performance.now()
    if (this.#open.length === 0) this.#ports.seen.skip()
    this.#open.push({ worker, since: now, until: now + forMs })
    this.#after(forMs, end)
  }

  /** @returns ends it; undefined where it cannot be */
  #start(fault: Fault): (() => void) | undefined {
    const { kind, worker } = fault
    switch (kind) {
      case 'kill':
        this.#ports.run.killWorker(worker)
        this.#down.add(worker)
        return () => {}
      case 'stop':
        if (!this.#signal(worker, 'SIGSTOP')) return undefined
        this.#stopped.add(worker)
        return () => {
          this.#stopped.delete(worker)
          this.#signal(worker, 'SIGCONT')
        }
      case 'cut':
      case 'slow':
      case 'disk-full':
      case 'clock':
        this.#change(worker, [...(this.#now.get(worker) ?? []), fault])
        return () =>
          this.#change(
            worker,
            (this.#now.get(worker) ?? []).filter((one) => one !== fault),
          )
    }
  }

  #change(worker: number, faults: Fault[]): void {
    this.#now.set(worker, faults)
    putUp(this.#ports.folder, worker, effectsOf(faults))
  }

  /** @returns whether there is such a process */
  #signal(worker: number, signal: 'SIGSTOP' | 'SIGCONT'): boolean {
    const process_ = signedIn(this.#ports.folder, worker)
    if (process_ === undefined || fateOf(process_) !== 'alive') return false
    try {
      return process.kill(process_.pid, signal)
    } catch {
      return false
    }
  }

  #look(): void {
    if (this.#open.length === 0) return
    const from = this.#ports.seen.newFrom()
    const now = performance.now()
    if (from.size === 0 || !IS_RUNNING.includes(this.#ports.run.status)) return
    const isOver = ({ worker, until }: Open): boolean => {
      const senders = this.#ports.senders.get(worker) ?? []
      return until <= now && !this.#down.has(worker) && (senders.length === 0 || senders.some((task) => from.has(task)))
    }
    for (const { since } of this.#open.filter(isOver)) this.recoveredMs.push(Math.round(now - since))
    this.#open = this.#open.filter((one) => !isOver(one))
  }

  #after(ms: number, call: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      call()
    }, ms)
    this.#timers.add(timer)
  }
}

const IS_RUNNING: readonly string[] = ['running', 'finishing', 'draining']

function effectsOf(faults: readonly Fault[]): Effects {
  const sum = (of: (fault: Fault) => number): number => faults.reduce((total, fault) => total + of(fault), 0)
  return {
    ...CALM,
    isCut: faults.some(({ kind }) => kind === 'cut'),
    isFull: faults.some(({ kind }) => kind === 'disk-full'),
    lateMs: sum(({ kind, byMs }) => (kind === 'slow' ? byMs : 0)),
    dateMs: sum(({ kind, byMs }) => (kind === 'clock' ? byMs : 0)),
  }
}
