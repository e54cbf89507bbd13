/**
 * Joins what streams have in a window. Names and rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/bolt/JoinBolt.java`.
 *
 *     new JoinBolt('users', 'userId')
 *       .leftJoin('orders', 'userId', 'users')
 *       .select('name, orders:price')
 *       .withTumblingWindow(Duration.seconds(10))
 *
 * Each input is to be grouped by its key, so that what belongs together comes to the same task.
 */

import type { Wording } from '../errors/wording.ts'
import {
  type BasicOutputCollector,
  type Bolt,
  type BoltInput,
  type BoltInputs,
  DEFAULT_STREAM,
  type Fields,
  type InputFinding,
  type Outputs,
  type Tuple,
  TyphoonError,
} from '../index.ts'
import { type Extent, type TupleWindow, WindowedBolt } from '../windows/index.ts'
import { InputCheck } from '../windows/model/input-check.ts'
import { checkSides } from './check-sides.ts'
import { type FirstSide, type JoinKind, type JoinStep, joinRows } from './join-rows.ts'
import { pathOf, type Row, Selection } from './selection.ts'

/** What names a side: the component that its tuples come from, or the stream. */
export type SideSelector = 'source' | 'stream'

/** Joins the windows of several streams. */
export class JoinBolt extends WindowedBolt {
  declare outputs?: Outputs
  override watermarkDelayMs = 0
  readonly #selector: SideSelector
  readonly #first: FirstSide
  readonly #steps: JoinStep[] = []
  #selection: Selection | undefined
  #stream: string = DEFAULT_STREAM

  /**
   * @param side the component, or the stream, that is joined first
   * @param field of its key; `outer.inner` leads into a value
   * @param selector whether sides are components (`source`, default) or streams
   */
  constructor(side: string, field: string, selector: SideSelector = 'source') {
    super()
    const by = String(selector).toLowerCase()
    if (by !== 'source' && by !== 'stream') throw bad(`the sides of a join are named by source or stream, not by ${by}`)
    this.#selector = by
    this.#first = { side, path: pathOf(String(field)) }
  }

  /** Rows that have a counterpart. @param prior a side before, with whose key it is compared @throws BAD_JOIN */
  join(side: string, field: string, prior: string): this {
    return this.#join(side, field, prior, 'inner')
  }

  /** Also rows of what was joined before that have none. @throws BAD_JOIN */
  leftJoin(side: string, field: string, prior: string): this {
    return this.#join(side, field, prior, 'left')
  }

  /** Also rows of the new side that have none. @throws BAD_JOIN */
  rightJoin(side: string, field: string, prior: string): this {
    return this.#join(side, field, prior, 'right')
  }

  /** Also rows of either that have none. @throws BAD_JOIN */
  fullJoin(side: string, field: string, prior: string): this {
    return this.#join(side, field, prior, 'full')
  }

  /** The times of what is joined are not late behind this bolt where windows go by time. @throws BAD_WINDOW */
  override withWindow(length: Extent, slide?: Extent): this {
    super.withWindow(length, slide)
    this.watermarkDelayMs = (length as { readonly ms?: number }).ms ?? 0
    return this
  }

  /** What is emitted: `name, users:city, outer.inner`; the fields are called so. @throws BAD_JOIN, DUPLICATE_FIELD */
  select(fields: string): this {
    this.#selection = new Selection(fields, this.#sides)
    this.#declare()
    return this
  }

  /** The stream to emit to; the default one unless said. */
  withOutputStream(stream: string): this {
    this.#stream = String(stream)
    this.#declare()
    return this
  }

  /** @throws BAD_JOIN where nothing is selected, BAD_WINDOW */
  override toBolt(): Bolt {
    if (this.#selection === undefined) throw bad('a join needs the fields that it selects', SELECT)
    return super.toBolt()
  }

  execute(window: TupleWindow, collector: BasicOutputCollector): void {
    const rows = new Map<string, Row[]>(this.#sides.map((side) => [side, []]))
    for (const tuple of window.get()) rows.get(this.#sideOf(tuple))?.push(tuple.toObject() as Row)
    for (const joined of joinRows(this.#first, this.#steps, rows))
      collector.emit(this.#selection!.pick(joined), this.#stream)
  }

  override checkInputs(inputs: BoltInputs): readonly InputFinding[] {
    const check = new InputCheck('JoinBolt', 'BAD_JOIN')
    const isBy = this.#selector
    const sides = [this.#first, ...this.#steps].map(({ side, path }) => ({
      name: side,
      title: `the side "${side}"`,
      meant: side,
      isBy,
      key: path[0]!,
      takes: ({ component, stream }: BoltInput) => (isBy === 'stream' ? stream : component) === side,
    }))
    checkSides(check, inputs, sides, this.#selection!.fields)
    return check.found
  }

  get #sides(): readonly string[] {
    return [this.#first, ...this.#steps].map(({ side }) => side)
  }

  #join(side: string, field: string, prior: string, kind: JoinKind): this {
    const known = this.#sides
    if (!known.includes(prior))
      throw bad(
        `"${side}" is joined with "${prior}", which is not joined before it`,
        `before it are ${known.join(', ')}`,
      )
    if (known.includes(side)) throw bad(`"${side}" is joined twice`)
    this.#steps.push({ side, path: pathOf(String(field)), prior, kind })
    return this
  }

  #sideOf({ sourceComponent, sourceStream }: Tuple): string {
    return this.#selector === 'source' ? sourceComponent : sourceStream
  }

  #declare(): void {
    if (this.#selection === undefined) return
    const { outputs } = this.#selection
    this.outputs = this.#stream === DEFAULT_STREAM ? outputs : ({ [this.#stream]: outputs } as Record<string, Fields>)
  }
}

const SELECT: Wording = {
  code: "select('name, users:city')",
  yaml: "configMethods: [{ name: select, args: ['name, users:city'] }]",
}

function bad(message: string, hint?: Wording): TyphoonError {
  return new TyphoonError('BAD_JOIN', message, hint === undefined ? {} : { hint })
}
