/**
 * What is known of the states beside themselves: how far each partition was written. A store that was emptied, removed
 * or put back as it was earlier looks like a good one, and its values would go on from there while the spouts go on
 * from where they were.
 *
 * It is noted at the first commit of a task, then once a second, and when the task ends in good order.
 */
import { join } from 'node:path'
import { type TaskContext, TyphoonError } from '../../../index.ts'
import type { SyncPolicy } from '../../../store/format/store-options.ts'
import { openStore, type Store } from '../../../store/store.ts'
import type { State } from '../../model/state.ts'
import type { StateNode } from '../../program/state-node.ts'

const NOTE_EVERY_MS = 1000

export class StateNotes {
  readonly #store: Store
  readonly #task: TaskContext
  readonly #states: ReadonlyMap<StateNode, State>
  #nextAt = 0

  /**
   * @param directory of the topology, locked for this run
   * @param states those that are written here and survive
   */
  constructor(directory: string, task: TaskContext, states: ReadonlyMap<StateNode, State>) {
    this.#store = openStore(join(directory, 'run'), {
      sync: task.config['topology.state.sync'] as SyncPolicy,
      run: task.run,
    })
    this.#task = task
    this.#states = states
  }

  /** @throws STATE_LOST where a state is behind what was noted of it */
  async check(): Promise<void> {
    this.#store.refresh()
    for (const [{ name }, state] of this.#states) {
      const noted = this.#noted(name)
      const last = await state.lastTxid?.()
      if (state.lastTxid !== undefined && noted > (last ?? 0))
        throw this.#lost(name, `its last transaction was at least ${noted}, and now it is ${last ?? 'none'}`)
    }
  }

  /** A state has found nothing of itself. @throws STATE_LOST where it was written before */
  checkNew({ name }: StateNode): void {
    this.#store.refresh()
    if (this.#store.get(this.#key(name)) !== undefined) throw this.#lost(name, 'nothing of it is stored any more')
  }

  /** A transaction was committed. */
  committed(): void {
    const now = this.#task.now()
    if (now < this.#nextAt) return
    this.#nextAt = now + NOTE_EVERY_MS
    this.#note()
  }

  async close(): Promise<void> {
    if (this.#nextAt > 0) this.#note()
    await this.#store.close()
  }

  #note(): void {
    const news = [...this.#states].flatMap(([{ name }, state]) => {
      const last = state.lastTxid?.()
      const txid = typeof last === 'number' ? last : 0
      return this.#store.get(this.#key(name)) === undefined || txid > this.#noted(name)
        ? [[this.#key(name), txid] as const]
        : []
    })
    if (news.length === 0) return
    this.#store.transaction((writer) => {
      for (const [key, txid] of news) writer.put(key, txid)
    })
  }

  #noted(name: string): number {
    return (this.#store.get(this.#key(name)) as number | undefined) ?? 0
  }

  #key(name: string): string {
    return `written/${encodeURIComponent(name)}/${this.#task.taskIndex}`
  }

  #lost(name: string, how: string): TyphoonError {
    const message = `the state "${name}" (partition ${this.#task.taskIndex}) was written before: ${how}; its store was emptied, removed, or put back as it was earlier`
    return new TyphoonError('STATE_LOST', message, {
      hint: 'put the store back as it was last; or remove the state directory of the topology (and the keys of its states in Redis), and everything begins anew',
    })
  }
}
