/**
 * Reads stdin: a tuple for each line, as it comes.
 *
 *     cat access.log | typhoon run topology.yaml
 *
 * The promise: as long as its worker lives, every line is acked, or becomes a dead letter. What was read and is in
 * flight when its worker ends is lost, for stdin cannot be read again; the next worker reads on behind it. It is read
 * only as fast as there is room for it, so whoever writes into the pipe waits. The end of stdin is that of the input.
 */

import { TyphoonError } from '../../errors/typhoon-error.ts'
import {
  type ConfigMap,
  fields,
  type SpoutOutputCollector,
  STDIN_RESOURCE,
  type StdinOfRun,
  type TaskContext,
} from '../../index.ts'
import { checkOptions, type OptionTable, text } from '../../shape/options.ts'
import { checkEncoding, type TextEncoding } from '../../values/text-encoding.ts'
import { LineReader, type ReaderEvents } from '../files/input/line-reader.ts'
import { openStdin } from '../files/input/stdin.ts'
import { type KeptRoot, ReliableSpout } from '../reliability/reliable-spout.ts'

interface Line {
  line: string
}

/** What can be set of a StdinSpout. */
export interface StdinSpoutOptions {
  /** Any that TextDecoder knows; UTF-8 unless given. A byte order mark at the beginning wins. */
  readonly encoding?: string
}

/** @internal */
export const STDIN_SPOUT = { encoding: text({ default: 'utf-8' }) } satisfies OptionTable<StdinSpoutOptions>

/** Where the runtime hands none over: in a test. */
const OWN_STDIN: StdinOfRun = { descriptor: 0, isBegun: false, begin() {} }

/** Field `line`; the message id is the number of the line, from 1 up. It has one task, whatever its parallelism. */
export class StdinSpout extends ReliableSpout<Line, number> {
  override readonly outputs = fields<Line>('line')
  override readonly readsOnce = 'stdin'
  readonly #encoding: TextEncoding
  #reader: LineReader | undefined
  #stdin!: StdinOfRun
  /** The rest of a line that a worker before has read in part is to be left out. */
  #skips = false
  #isBegun = false
  #lines = 0
  #isOver = false

  constructor(options: StdinSpoutOptions = {}) {
    super()
    const { encoding } = checkOptions('StdinSpout', options, STDIN_SPOUT)
    this.#encoding = checkEncoding('the encoding of a StdinSpout', encoding)
  }

  override getComponentConfiguration(): ConfigMap {
    return { 'topology.max.task.parallelism': 1 }
  }

  /** @throws FILE_NOT_FOUND where stdin is closed */
  override open(context: TaskContext, collector: SpoutOutputCollector<Line, KeptRoot<number>>): void {
    super.open(context, collector)
    this.#stdin = context.resource(STDIN_RESOURCE, () => OWN_STDIN)
    this.#reader = new LineReader(openStdin(this.#stdin.descriptor), this.#encoding, { from: 0 }, this.#events)
    this.#skips = this.#stdin.isBegun
    if (this.#skips) collector.reportError(lost(context))
  }

  /** Emits nothing as long as nothing has come. @throws FILE_NOT_FOUND where stdin cannot be read any more */
  protected override produce(): void {
    const reader = this.#reader!
    if (reader.pending !== undefined) return
    if (!this.#isBegun) this.#stdin.begin()
    this.#isBegun = true
    const line = reader.next() ?? (reader.pending === undefined ? this.#end(reader) : undefined)
    if (line === undefined) return
    if (this.#skips) this.#skips = false
    else this.emit([line], ++this.#lines)
  }

  protected override isInputExhausted(): boolean {
    return this.#isOver
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), this.#reader?.close()])
  }

  /** @returns the last line, where it has no line break */
  #end(reader: LineReader): string | undefined {
    const rest = reader.rest()
    this.#isOver = rest === undefined
    return rest
  }

  readonly #events: ReaderEvents = {
    longLine: ({ text, error }) => this.giveUp([`${text}…`], ++this.#lines, error),
    invalid: (count, error) => {
      this.context.count('invalidCharacters', count)
      if (error !== undefined) this.context.log('warn', `${error.message}; ${error.hint}`)
    },
  }
}

function lost({ component, task }: TaskContext): TyphoonError {
  const what = `what "${component}" had read of stdin and was in flight is lost with its worker; it reads on behind that`
  const hint = 'write it to a file and read that with a FileSpout, which can go back'
  return new TyphoonError('INPUT_LOST', what, { where: { component, task }, hint })
}
