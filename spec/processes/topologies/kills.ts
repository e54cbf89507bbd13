/**
 * Kills or stops its own worker, all workers, or the whole run, at chosen steps. The steps are seen from outside:
 * methods of the runtime are wrapped by the topology that is under test; the runtime knows nothing of it.
 *
 * A kill is claimed by a file before it is done, so each happens once, whatever is started again after it. All kills
 * before it are over when its steps begin to count, in each process by itself.
 */
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `stopped`: it hears and does nothing for so long that the run ends it, or for so short a time that it does not. */
export type Victim = 'worker' | 'all workers' | 'run' | 'worker, stopped' | 'worker, stopped for a moment'

export interface Kill<Step extends string = string> {
  readonly step: Step
  /** The process that is the first to come there for the n-th time, from 1 up. */
  readonly nth: number
  readonly victim: Victim
}

/** Longer than `topology.worker.timeout.secs` of the topologies that are stopped; and not so long. */
const STOP_SECS = 4
const MOMENT_SECS = 0.3

export class Kills<Step extends string = string> {
  readonly #kills: readonly Kill<Step>[]
  readonly #folder: string
  /** The process of the run: of this one, or its parent. */
  readonly #run: number
  readonly #startedAt = Date.now() - process.uptime() * 1000
  #done = -1
  #count = 0

  /**
   * @param folder for the claims, empty at first
   * @param isRun whether this process is that of the run, and no worker
   */
  constructor(kills: readonly Kill<Step>[], folder: string, isRun = false) {
    this.#kills = kills
    this.#folder = folder
    this.#run = isRun ? process.pid : process.ppid
  }

  /** How many have been done. */
  get done(): number {
    return readdirSync(this.#folder).length
  }

  /** This process has come to a step. */
  reach(step: Step): void {
    const { done } = this
    if (done !== this.#done) this.#count = 0
    this.#done = done
    const kill = this.#kills[done]
    if (kill === undefined || kill.step !== step || this.#isDoomed(done)) return
    if (++this.#count < kill.nth || !this.#claims(done)) return
    this.#strike(kill.victim)
  }

  #strike(victim: Victim): void {
    switch (victim) {
      case 'worker':
        process.kill(process.pid, 'SIGKILL')
        break
      case 'all workers':
        for (const worker of this.#workers().sort((a, b) => Number(a === process.pid) - Number(b === process.pid)))
          process.kill(worker, 'SIGKILL')
        break
      case 'run':
        process.kill(this.#run, 'SIGKILL')
        break
      case 'worker, stopped':
        stop(STOP_SECS)
        break
      case 'worker, stopped for a moment':
        stop(MOMENT_SECS)
        break
    }
  }

  #workers(): number[] {
    return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, parent, ...args]) => Number(parent) === this.#run && args.join(' ').startsWith('typhoon worker'))
      .map(([pid]) => Number(pid))
  }

  /** The kill before is of this process, too, which is about to end without any more help. */
  #isDoomed(done: number): boolean {
    const victim = this.#kills[done - 1]?.victim
    const isMine = victim === 'run' || (victim === 'all workers' && this.#run !== process.pid)
    return isMine && statSync(this.#claimOf(done - 1)).mtimeMs > this.#startedAt
  }

  #claimOf(number: number): string {
    return join(this.#folder, String(number))
  }

  #claims(number: number): boolean {
    try {
      writeFileSync(this.#claimOf(number), '', { flag: 'wx' })
      return true
    } catch {
      return false
    }
  }
}

/** Stops this process, and has it go on by and by, if it lives. */
function stop(secs: number): void {
  spawn('/bin/sh', ['-c', `sleep ${secs}; kill -CONT ${process.pid}`], { detached: true, stdio: 'ignore' })
  process.kill(process.pid, 'SIGSTOP')
}
