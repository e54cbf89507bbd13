/**
 * What a worker calls of its components and hooks outside of its run loop: they are prepared, told that their input has
 * ended, and closed. It is known whose turn each call is, and what one throws has its place; while they are closed what
 * throws is reported, and the others are closed all the same.
 */
import { type Problem, toProblem } from '../../errors/typhoon-error.ts'
import type { TopologyDefinition } from '../../topology/component/definition.ts'
import type { WorkerHook } from '../../topology/component/task-context.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import type { ComponentId, TaskId, WorkerId } from '../../tuple/ids.ts'
import { isSystemId } from '../../tuple/system-ids.ts'
import { withPlaceOfThrow } from '../report/place-of-throw.ts'
import { causeOf, userStack, withPlace } from '../report/thrown.ts'
import type { Executors } from './build/build-executors.ts'
import type { Resources } from './context/resources.ts'
import { debugHook } from './debug-hook.ts'

interface ComponentCallsPorts {
  /** The task whose turn it is; 0: none. */
  onTurn(task: number): void
  /** The task is prepared now; 0: all have been. */
  onPreparing(task: TaskId): void
  /** What was thrown while all is closed. */
  report(problem: Problem, stack: { readonly stack?: string }): void
}

type One = Executors['all'][number]

/** The calls of one worker's components. */
export class ComponentCalls {
  readonly #executors: Executors
  readonly #ports: ComponentCallsPorts
  readonly #hooks: WorkerHook[] = []
  /** Components whose tasks are told that the input has ended, or have been; once in a worker's life. */
  readonly #ended = new Map<ComponentId, Promise<void>>()

  constructor(executors: Executors, ports: ComponentCallsPorts) {
    this.#executors = executors
    this.#ports = ports
  }

  /** Worker hooks first, then the components. Rejects with what they throw. */
  async prepare(
    { topology, workerHooks }: TopologyDefinition,
    worker: WorkerId,
    config: ResolvedConfig,
    resources: Resources,
  ): Promise<void> {
    for (const create of workerHooks) {
      const hook = create()
      this.#hooks.push(hook)
      await hook.start?.({ topology: topology.name, worker, config, ...resources.bound() })
    }
    // Bolts first: what a spout emits while it opens finds them prepared.
    for (const executor of [...this.#executors.all].reverse()) {
      const context = this.#executors.contexts.get(executor.task)!
      if (context.config['topology.debug']) context.addTaskHook(debugHook(context))
      if (!isSystemId(executor.component)) this.#ports.onPreparing(executor.task)
      const method = this.#isSpout(executor) ? 'open' : 'prepare'
      await this.#onTurnOf(executor, method, () => executor.prepare())
    }
    this.#ports.onPreparing(0)
  }

  /**
   * Settles when all tasks of the component have been told, however often it is called. Rejects with what they throw.
   */
  endOfInput(component: ComponentId): Promise<void> {
    let ended = this.#ended.get(component)
    if (ended === undefined) {
      ended = this.#endTasks(component)
      this.#ended.set(component, ended)
    }
    return ended
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#executors.all.map((executor) => {
        const method = this.#isSpout(executor) ? 'close' : 'cleanup'
        return this.#quietly(() => this.#onTurnOf(executor, method, () => executor.close()))
      }),
    )
    for (const hook of this.#hooks) await this.#quietly(async () => void (await hook.shutdown?.()))
  }

  async #endTasks(component: ComponentId): Promise<void> {
    const { bolts, exactBolts, boltTimes } = this.#executors
    for (const bolt of [...bolts, ...exactBolts]) {
      if (bolt.component !== component) continue
      // Event time has come to its end first.
      await boltTimes.get(bolt.task)?.end()
      await this.#onTurnOf(bolt, 'endOfInput', () => bolt.endOfInput())
    }
  }

  #isSpout({ task }: One): boolean {
    return this.#executors.spouts.some((spout) => spout.task === task)
  }

  /** @param method of the component that is called */
  async #onTurnOf({ component, task }: One, method: string, call: () => Promise<void>): Promise<void> {
    try {
      this.#ports.onTurn(task)
      // The turn ends before the promise is waited for: others are closed meanwhile, and their timers run.
      const over = call()
      this.#ports.onTurn(0)
      await over
    } catch (error) {
      throw withPlace(error, component, task, method)
    }
  }

  async #quietly(call: () => Promise<void>): Promise<void> {
    try {
      await call()
    } catch (error) {
      const problem = withPlaceOfThrow(toProblem(error, 'COMPONENT_FAILED'), causeOf(error))
      this.#ports.report(problem, userStack(error))
    }
  }
}
