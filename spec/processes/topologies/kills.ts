/**
 * Kills its own worker, or the whole run, at chosen steps on the way of a commit. The steps are seen from outside:
 * methods of the runtime are wrapped, in the worker, by the topology that is under test; the runtime knows nothing of
 * it.
 *
 * A kill is claimed by a file before it is done, so each happens once, whatever is started again after it. All kills
 * before it are over when its steps begin to count, in each process by itself.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Coordinator } from '../../../lib/trident/batch/coordinator/coordinator.ts'
import { Transactions } from '../../../lib/trident/batch/coordinator/transactions.ts'
import { Metadata } from '../../../lib/trident/batch/metadata/metadata.ts'
import type { BackingMap, State, StateFactory, StateKey } from '../../../lib/trident/index.ts'

/** The way of a commit, in the order in which a batch goes it. */
export const STEPS = [
  'before a record of an emission is written',
  'after a record of an emission is written',
  'before a commit is emitted',
  'after a commit is sent',
  'before beginCommit',
  'after beginCommit',
  'before the keys are written',
  'when half of the keys are written',
  'after the keys are written',
  'after the commit of a state',
  'before succeed is written',
  'after succeed is written',
] as const
export type Step = (typeof STEPS)[number]

export interface Kill {
  readonly step: Step
  /** The worker that is the first to come there for the n-th time, from 1 up. */
  readonly nth: number
  readonly victim: 'worker' | 'run'
}

const PARENT = process.ppid

export class Kills {
  readonly #kills: readonly Kill[]
  readonly #folder: string
  #done = -1
  #count = 0

  /** @param folder for the claims, empty at first */
  constructor(kills: readonly Kill[], folder: string) {
    this.#kills = kills
    this.#folder = folder
  }

  /** This process has come to a step. */
  reach(step: Step): void {
    const done = readdirSync(this.#folder).length
    if (done !== this.#done) this.#count = 0
    this.#done = done
    const kill = this.#kills[done]
    if (kill === undefined || kill.step !== step || this.#isDoomed(done)) return
    if (++this.#count < kill.nth || !this.#claims(done)) return
    process.kill(kill.victim === 'run' ? PARENT : process.pid, 'SIGKILL')
  }

  /** Wraps the runtime of this process. */
  watch(): void {
    const kills = this
    const { record, succeed } = Metadata.prototype
    Metadata.prototype.record = function (...args) {
      kills.reach('before a record of an emission is written')
      record.apply(this, args)
      kills.reach('after a record of an emission is written')
    }
    Metadata.prototype.succeed = function (...args) {
      kills.reach('before succeed is written')
      const letters = succeed.apply(this, args)
      kills.reach('after succeed is written')
      return letters
    }
    const { commitNext } = Transactions.prototype
    Transactions.prototype.commitNext = function () {
      const next = commitNext.call(this)
      if (next !== undefined) kills.reach('before a commit is emitted')
      return next
    }
    const { ack } = Coordinator.prototype
    Coordinator.prototype.ack = function (phase) {
      ack.call(this, phase)
      setImmediate(() => kills.reach('after a commit is sent'))
    }
  }

  /** The steps of a state. */
  watched<S extends State>(factory: StateFactory<S>): StateFactory<S> {
    const makeState = async (...args: Parameters<typeof factory.makeState>): Promise<S> => {
      const state = await factory.makeState(...args)
      const { beginCommit, commit } = state
      state.beginCommit = async (txid) => {
        this.reach('before beginCommit')
        await beginCommit.call(state, txid)
        this.reach('after beginCommit')
      }
      state.commit = async (txid) => {
        await commit.call(state, txid)
        this.reach('after the commit of a state')
      }
      return state
    }
    return { ...factory, makeState }
  }

  /** The kill before was of the run of this process, which is about to end without any more help. */
  #isDoomed(done: number): boolean {
    if (this.#kills[done - 1]?.victim !== 'run') return false
    const parent = readFileSync(this.#claimOf(done - 1), 'utf8')
    return parent === '' || parent === String(PARENT)
  }

  #claimOf(number: number): string {
    return join(this.#folder, String(number))
  }

  #claims(number: number): boolean {
    try {
      writeFileSync(this.#claimOf(number), String(PARENT), { flag: 'wx' })
      return true
    } catch {
      return false
    }
  }
}

/** Writes in two halves, as a store without transactions may. */
export class HalvedMap implements BackingMap {
  readonly #inner: BackingMap
  readonly #kills: Kills

  constructor(inner: BackingMap, kills: Kills) {
    this.#inner = inner
    this.#kills = kills
  }

  multiGet(keys: readonly StateKey[]) {
    return this.#inner.multiGet(keys)
  }

  async multiPut(keys: readonly StateKey[], values: readonly unknown[]): Promise<void> {
    const half = keys.length >> 1
    this.#kills.reach('before the keys are written')
    await this.#inner.multiPut(keys.slice(0, half), values.slice(0, half))
    this.#kills.reach('when half of the keys are written')
    await this.#inner.multiPut(keys.slice(half), values.slice(half))
    this.#kills.reach('after the keys are written')
  }

  close() {
    return this.#inner.close?.()
  }
}
