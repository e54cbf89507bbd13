/**
 * A bolt in another language: its tuples go to a child process, by Storm's multilang protocol. Rules: apache/storm
 * `.../storm/task/ShellBolt.java`.
 */
import { Bolt, type ConfigMap, type OutputCollector, type Outputs, type TaskContext, type Tuple } from '../../index.ts'
import { checkCommand } from '../process/command-files.ts'
import { BoltHalf } from './bolt-half.ts'
import { Child } from './child.ts'
import { ChildStates } from './child-states.ts'
import { type ShellOptions, ShellSettings } from './shell-settings.ts'

/**
 * A bolt that a child process runs: `new ShellBolt(['python3', 'split.py'], { outputs: ['word'] })`. Each task has a
 * child of its own. One that exits, hangs or breaks the protocol fails the tuples it had, and is started again.
 */
export class ShellBolt<In = any, Out = any> extends Bolt<In, Out> {
  declare readonly outputs: Outputs<Out>
  override readonly isAtomic: boolean
  /** What a child emits comes when it comes. */
  override readonly emitsLate: boolean
  /** What it was made with; a definition may add to it until a task is prepared. */
  readonly settings: ShellSettings
  #child: Child | undefined
  #half!: BoltHalf

  /**
   * @param command program and arguments; no shell reads them
   * @param options or the fields of the default stream alone
   * @throws CONSTRUCTOR_FAILED
   */
  constructor(command: readonly string[], options: ShellOptions | readonly string[] = {}) {
    super()
    this.settings = new ShellSettings('ShellBolt', command, options)
    this.outputs = this.settings.outputs as unknown as typeof this.outputs
    this.isAtomic = this.settings.states.length > 0
    this.emitsLate = !this.isAtomic
  }

  override getComponentConfiguration(): ConfigMap {
    return this.settings.config
  }

  /** @throws FILE_NOT_FOUND where the folder, the program or its script is not there */
  override checkFiles(codeDir: string): void {
    checkCommand(this.settings.processIn(codeDir))
  }

  /** @throws CHILD_NOT_STARTED where the first child does not come up, BAD_CONFIG */
  override prepare(context: TaskContext, collector: OutputCollector<Out>): Promise<void> {
    const options = this.settings.childOptions(context)
    const { serializer } = options
    const child = new Child(options, context)
    this.#child = child
    const { metrics, states } = this.settings
    const known = new ChildStates(states, context)
    this.#half = new BoltHalf(child, { context, collector, serializer, metrics, states: known })
    return child.start(this.#half)
  }

  /** Hot. */
  override execute(tuple: Tuple<In>): void | Promise<void> {
    return this.#half.execute(tuple)
  }

  /** The tasks behind hear of a watermark when the child has dealt with what came ahead of it. */
  override onWatermark(): void | Promise<void> {
    return this.#half.caughtUp()
  }

  override endOfInput(): Promise<void> {
    return this.#half.endOfInput()
  }

  override async cleanup(): Promise<void> {
    await this.#child?.stop()
  }
}
