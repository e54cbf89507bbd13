/** The steps of a commit of Trident, at which `kills.ts` kills, and a store that has some between. */
import { Coordinator } from '../../../lib/trident/batch/coordinator/coordinator.ts'
import { Transactions } from '../../../lib/trident/batch/coordinator/transactions.ts'
import { Metadata } from '../../../lib/trident/batch/metadata/metadata.ts'
import type { BackingMap, State, StateFactory, StateKey } from '../../../lib/trident/index.ts'
import { Kills } from './kills.ts'

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

export class TridentKills extends Kills<Step> {
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
}

/** Writes in two halves, as a store without transactions may. */
export class HalvedMap implements BackingMap {
  readonly #inner: BackingMap
  readonly #kills: TridentKills

  constructor(inner: BackingMap, kills: TridentKills) {
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
