/**
 * A spout in another language: a child process, asked by Storm's multilang protocol. Rules: apache/storm
 * `.../storm/spout/ShellSpout.java`.
 */
import { type ConfigMap, type Outputs, Spout, type SpoutOutputCollector, type TaskContext } from '../../index.ts'
import { checkCommand } from '../process/command-files.ts'
import { Child } from './child.ts'
import { type ShellOptions, ShellSettings } from './shell-settings.ts'
import { type ChildsId, SpoutHalf } from './spout-half.ts'

/**
 * A spout that a child process runs: `new ShellSpout(['node', 'sentences.js'], { outputs: ['sentence'] })`. Each task
 * has a child of its own. Acks and fails go to the child that emitted the tuple; where that is gone, they go nowhere,
 * and it is up to the new one what it emits again.
 */
export class ShellSpout<Out = any> extends Spout<Out, ChildsId> {
  declare readonly outputs: Outputs<Out>
  /** What it was made with; a definition may add to it until a task is prepared. */
  readonly settings: ShellSettings
  #child: Child | undefined
  #half!: SpoutHalf

  /**
   * @param command program and arguments; no shell reads them
   * @param options or the fields of the default stream alone
   * @throws CONSTRUCTOR_FAILED
   */
  constructor(command: readonly string[], options: ShellOptions | readonly string[] = {}) {
    super()
    this.settings = new ShellSettings('ShellSpout', command, options)
    this.outputs = this.settings.outputs as unknown as typeof this.outputs
  }

  override getComponentConfiguration(): ConfigMap {
    return this.settings.config
  }

  /** @throws FILE_NOT_FOUND where the folder, the program or its script is not there */
  override checkFiles(codeDir: string): void {
    checkCommand(this.settings.processIn(codeDir))
  }

  /** @throws CHILD_NOT_STARTED where the first child does not come up, BAD_CONFIG */
  override open(context: TaskContext, collector: SpoutOutputCollector<Out, ChildsId>): Promise<void> {
    const child = new Child(this.settings.childOptions(context), context)
    this.#child = child
    this.#half = new SpoutHalf(child, { context, collector, metrics: this.settings.metrics })
    return child.start(this.#half)
  }

  override nextTuple(): Promise<void> {
    return this.#half.next()
  }

  override ack(id: ChildsId): void | Promise<void> {
    return this.#half.settle('ack', id)
  }

  override fail(id: ChildsId): void | Promise<void> {
    return this.#half.settle('fail', id)
  }

  override activate(): void | Promise<void> {
    return this.#half.setActive(true)
  }

  override deactivate(): void | Promise<void> {
    return this.#half.setActive(false)
  }

  override isExhausted(): boolean {
    return this.#half.isExhausted
  }

  override async close(): Promise<void> {
    await this.#child?.stop()
  }
}
