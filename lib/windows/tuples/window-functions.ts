/** What is called of a windowed bolt: its functions, in the order in which they are called. */
import type { BasicOutputCollector, BoltInputs, ConfigMap, InputFinding, Outputs, TaskContext } from '../../index.ts'
import type { TupleWindow } from './tuple-window.ts'

/** See `WindowedBolt`, which says of each what it promises. */
export interface WindowFunctions<In = any, Out = any> {
  readonly outputs?: Outputs<Out>
  readonly watermarkDelayMs?: number
  getComponentConfiguration?(): ConfigMap
  checkInputs?(inputs: BoltInputs): readonly InputFinding[]
  checkFiles?(codeDir: string): void
  prepare?(context: TaskContext): void | Promise<void>
  execute(window: TupleWindow<In>, collector: BasicOutputCollector<Out>): void | Promise<void>
  prepareCommit?(snapshot: number): unknown
  commit?(snapshot: number): void | Promise<void>
  cleanup?(): void | Promise<void>
}
