/** A windowed bolt around a function, for files: `className: WindowedBolt`. */
import { type BasicOutputCollector, Fields, type Outputs, TyphoonError } from '../../index.ts'
import type { TupleWindow } from './tuple-window.ts'
import { WindowedBolt } from './windowed-bolt.ts'

/** What is called with each window. */
export type WindowFunction<In = any, Out = any> = (
  window: TupleWindow<In>,
  collector: BasicOutputCollector<Out>,
) => void | Promise<void>

/** Calls a function with each window that fires. */
export class WindowFunctionBolt<In = any, Out = any> extends WindowedBolt<In, Out> {
  declare readonly outputs: Outputs<Out>
  readonly #execute: WindowFunction<In, Out>

  /** @param fields that the function emits to the default stream @throws CONSTRUCTOR_FAILED, DUPLICATE_FIELD */
  constructor(execute: WindowFunction<In, Out>, fields: readonly string[] = []) {
    super()
    if (typeof execute !== 'function')
      throw new TyphoonError('CONSTRUCTOR_FAILED', 'a WindowedBolt of a file calls a function, and none is given', {
        hint: 'components: [{ id: sum, className: ./sum.ts#makeSum }], constructorArgs: [{ ref: sum }, [total]]',
      })
    this.#execute = execute
    this.outputs = new Fields(fields) as unknown as Outputs<Out>
  }

  execute(window: TupleWindow<In>, collector: BasicOutputCollector<Out>): void | Promise<void> {
    return this.#execute(window, collector)
  }
}
