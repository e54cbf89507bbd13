/**
 * Joins a stream with a table: the right side is kept as a state, the newest row of each key, and each row of the left
 * side is joined with what the table holds when it comes. A row whose field `deletedBy` is true takes its key out.
 */

import {
  BasicBolt,
  type BasicOutputCollector,
  type BoltInputs,
  type InputFinding,
  type KeyValueState,
  type Outputs,
  type TaskContext,
  type Tuple,
} from '../index.ts'
import { checkOptions, choice, inOption, type OptionTable, text } from '../shape/options.ts'
import { InputCheck } from '../windows/model/input-check.ts'
import { type Row, Selection } from './selection.ts'
import { SIDES, type SideOptions, Sides } from './sides.ts'

/** What can be set of a TableJoinBolt. */
export interface TableJoinOptions {
  /** The stream: `{ source: orders, key: user }`. */
  readonly left: SideOptions
  /** The table: its newest row of each key counts. */
  readonly right: SideOptions
  /** A field of the table's rows: where it is true, the key is taken out of the table. */
  readonly deletedBy?: string
  /** What is emitted: `id, left:amount, right:name`; the fields are called so. */
  readonly select: string
  /** `left` also emits rows of the left side for which the table has none. */
  readonly kind?: 'inner' | 'left'
}

/** @internal */
export const TABLE_JOIN = {
  ...SIDES,
  deletedBy: text(),
  select: text({ required: true }),
  kind: choice(['inner', 'left'], { default: 'inner' }),
} satisfies OptionTable<TableJoinOptions>

/** Joins a stream with a table that another stream keeps up to date. */
export class TableJoinBolt extends BasicBolt {
  declare readonly outputs: Outputs
  readonly #sides: Sides
  readonly #selection: Selection
  readonly #deletedBy: string | undefined
  readonly #keepsLeft: boolean
  #table!: KeyValueState<unknown, Row>

  /** @throws CONSTRUCTOR_FAILED, BAD_JOIN, DUPLICATE_FIELD */
  constructor(options: TableJoinOptions) {
    super()
    const { left, right, deletedBy, select, kind } = checkOptions('TableJoinBolt', options, TABLE_JOIN)
    this.#sides = new Sides('TableJoinBolt', left, right)
    this.#selection = inOption('select', () => new Selection(select, ['left', 'right']))
    this.outputs = this.#selection.outputs
    this.#deletedBy = deletedBy
    this.#keepsLeft = kind === 'left'
  }

  override checkInputs(inputs: BoltInputs): readonly InputFinding[] {
    const check = new InputCheck('TableJoinBolt', 'BAD_JOIN')
    this.#sides.check(check, inputs, this.#selection.fields)
    if (this.#deletedBy !== undefined) check.field(this.#deletedBy, this.#sides.rightOf(inputs), 'deletedBy')
    return check.found
  }

  override prepare(context: TaskContext): void {
    this.#table = context.state('table', { settings: { right: this.#sides.settings.right } })
  }

  override execute(tuple: Tuple, collector: BasicOutputCollector): void {
    const { side, row, key } = this.#sides.of(tuple)
    if (side === 'right') {
      if (key === undefined) return
      if (this.#deletedBy !== undefined && row[this.#deletedBy] === true) this.#table.delete(key)
      else this.#table.put(key, row)
      return
    }
    const found = key === undefined ? undefined : this.#table.get(key)
    if (found === undefined && !this.#keepsLeft) return
    collector.emit(
      this.#selection.pick(
        new Map([
          ['left', row],
          ['right', found],
        ]),
      ),
    )
  }
}
