/**
 * The states of a task, and what must not be overlooked of them: that one in memory was lost with its worker, and that
 * a store is behind what was reported as committed (`metadata/state-notes.ts`).
 */
import { type TaskContext, type Tuple, TyphoonError } from '../../index.ts'
import type { StateDirectory } from '../../store/state-directory.ts'
import type { Awaitable, TridentOperationContext } from '../model/operation.ts'
import type { State } from '../model/state.ts'
import type { ComponentPlan } from '../plan/component-plan.ts'
import type { StateNode } from '../program/state-node.ts'
import { openPatiently, patiently } from './failure/outage.ts'
import { lockedDirectory } from './metadata/open-metadata.ts'
import { StateNotes } from './metadata/state-notes.ts'

/** Checkpoint of a task that has worked. */
export const BEGUN = 'begun'
/** Checkpoint of a task that has written a state which does not survive. */
export const WRITTEN = 'written'

export class BatchStates {
  readonly #plan: ComponentPlan
  readonly #context: TridentOperationContext
  readonly #task: TaskContext
  readonly #report: (error: unknown) => void
  readonly #byNode = new Map<StateNode, State>()
  /** Those that are written here and survive. */
  readonly #durable = new Map<StateNode, State>()
  /** Those that are written here and do not survive. */
  readonly #inMemory: readonly StateNode[]
  /** Components of the coordinators that have committed something in this life of the task. */
  readonly #committed = new Set<string>()
  /** None where there are no states. */
  #notes: StateNotes | undefined
  #directory: StateDirectory | undefined
  /** They were found to be there at the end. */
  #isChecked = false

  constructor(plan: ComponentPlan, context: TridentOperationContext, report: (error: unknown) => void) {
    this.#plan = plan
    this.#context = context
    this.#task = context.task
    this.#report = report
    this.#inMemory = plan.states.filter((state) => !state.factory.survives && plan.isWritten(state))
  }

  get byNode(): ReadonlyMap<StateNode, State> {
    return this.#byNode
  }

  /** @throws (rejects) what a store says that cannot be opened */
  async open(): Promise<void> {
    const { states } = this.#plan
    if (states.length === 0) return
    const directory = await this.#opened(() => lockedDirectory(this.#task))
    this.#directory = directory
    this.#notes = await this.#opened(() => new StateNotes(directory.path, this.#task, this.#durable))
    for (const state of states) this.#byNode.set(state, await this.#make(state))
  }

  /** @throws STATE_LOST (rejects) where a state is behind what was noted of it */
  async checkNotes(): Promise<void> {
    await this.#opened(() => this.#notes?.check())
  }

  /** States in memory that had values are lost. @param ofGroup which batch groups they may be written by */
  tellLost(ofGroup: (group: number) => boolean): void {
    for (const state of this.#inMemory)
      if (ofGroup(this.#plan.groupOf(state))) this.#report(lost(state.name, this.#task))
  }

  /**
   * Those of a group are committed, by the tuple of its coordinator. What the next life of this task must know is
   * noted: that there was something to lose, and how far it was written.
   */
  committed({ sourceComponent, values }: Tuple): void {
    this.#notes?.committed()
    if (this.#committed.has(sourceComponent)) return
    const isFirst = this.#committed.size === 0
    this.#committed.add(sourceComponent)
    // Others were committed before, in an earlier run or in an earlier life that had no time to say so.
    if (values[0] > 1 && this.#task.checkpointed !== WRITTEN)
      this.tellLost((group) => !this.#plan.isVolatile(group) && this.#plan.coordinatorOf(group) === sourceComponent)
    if (isFirst && this.#inMemory.length > 0) this.#task.checkpoint(WRITTEN)
  }

  /** What was reported as done must be there, at the end of the input. @throws STATE_LOST (rejects) */
  async check(): Promise<void> {
    for (const state of this.#durable.values()) await patiently(this.#task, this.#report, () => state.check?.())
    this.#isChecked = true
  }

  /** The same where the run was stopped before that. Of a store that is away now nothing is known. */
  async checkAtLast(): Promise<void> {
    if (this.#isChecked) return
    for (const state of this.#durable.values())
      try {
        await state.check?.()
      } catch (error) {
        if (error instanceof TyphoonError && error.code === 'STATE_UNAVAILABLE') this.#report(error)
        else this.#task.fail(error)
      }
  }

  async close(): Promise<void> {
    await this.#notes?.close()
    for (const state of this.#byNode.values()) await state.close?.()
    await this.#directory?.close()
  }

  async #make(node: StateNode): Promise<State> {
    const { task, partitionIndex, numPartitions } = this.#context
    const made = await this.#opened(() =>
      node.factory.makeState({
        name: node.name,
        partitionIndex,
        numPartitions,
        task,
        spout: this.#plan.spoutKindOf(node),
        leavesOut: task.config['topology.trident.dead.letters'],
        begins: () => this.#notes?.checkNew(node),
      }),
    )
    if (node.factory.survives && this.#plan.isWritten(node)) this.#durable.set(node, made)
    return made
  }

  #opened<T>(open: () => Awaitable<T>): Promise<T> {
    return openPatiently(this.#task, this.#report, open)
  }
}

function lost(name: string, { worker }: TaskContext): TyphoonError {
  return new TyphoonError(
    'STATE_LOST',
    `the state "${name}" was in memory, and is lost with worker ${worker}; its values begin anew`,
    {
      hint: 'embeddedMap() survives its worker',
    },
  )
}
