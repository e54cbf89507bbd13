/**
 * Writes the dead letters of a topology whose tuples are atomic. The runtime adds this bolt to it, and sends it what
 * bolts give up, and what spouts cannot emit.
 *
 * The promise: each letter stands in the file once. It is kept until a snapshot is complete that came after it, and
 * written then; a run that goes back to a snapshot looks which of the letters of that stand in the file already. So
 * that this can be seen, no two letters of a topology have the same time.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import {
  BasicBolt,
  DEAD_LETTERED_COUNTER,
  DEAD_LETTERS_COMPONENT,
  describeReason,
  type FailReason,
  type TaskContext,
  type TopologyDefinition,
  type Tuple,
} from '../../index.ts'
import { type DeadLetter, toLine } from './dead-letter.ts'
import { DeadLetterFile } from './dead-letter-file.ts'

/** What the runtime sends of a tuple that is given up. */
type GivenUp = Pick<DeadLetter, 'component' | 'task' | 'stream' | 'messageId' | 'values' | 'reason' | 'attempts'>

/** What is kept with a snapshot. */
interface Prepared {
  /** In the order in which they came. */
  readonly lines: readonly string[]
  /** Milliseconds since 1970. */
  readonly lastTime: number
}

export class DeadLetterBolt extends BasicBolt<{ letter: GivenUp }> {
  #context!: TaskContext
  #file!: DeadLetterFile
  /** Not handed to the file yet. */
  #lines: string[] = []
  /** How many of them are in the last snapshot. */
  #prepared = 0
  #lastTime = 0

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#file = new DeadLetterFile(context, (error) => context.log('error', error.message))
    const { lines, lastTime } = (context.prepared as Prepared | undefined) ?? { lines: [], lastTime: 0 }
    const written = this.#file.written(lines)
    this.#lines = lines.filter((line) => !written.has(line))
    this.#lastTime = lastTime
  }

  override execute(tuple: Tuple<{ letter: GivenUp }>): void {
    const { run, topology } = this.#context
    const { component, task, stream, messageId, values, reason, attempts } = tuple.get('letter')
    this.#lastTime = Math.max(this.#context.date(), this.#lastTime + 1)
    const letter: DeadLetter = {
      ...{ run, topology, component, task, stream, messageId, values, reason },
      description: describeReason(reason),
      lastError: errorOf(reason),
      attempts,
      time: new Date(this.#lastTime).toISOString(),
    }
    this.#lines.push(toLine(letter))
  }

  override prepareCommit(): Prepared | undefined {
    this.#prepared = this.#lines.length
    return this.#prepared === 0 ? undefined : { lines: [...this.#lines], lastTime: this.#lastTime }
  }

  /** @throws DEAD_LETTER_FAILED where the file cannot be written now */
  override commit(): void {
    for (const line of this.#lines.splice(0, this.#prepared))
      this.#file.add(line, () => this.#context.count(DEAD_LETTERED_COUNTER))
    this.#prepared = 0
    this.#file.flush(Number.POSITIVE_INFINITY)
    if (this.#file.size > 0) throw new TyphoonError('DEAD_LETTER_FAILED', 'the dead letters cannot be written now')
  }
}

/** The definition with the bolt that the runtime adds to its topology. */
export function withDeadLetterBolt(definition: TopologyDefinition): TopologyDefinition {
  const components = new Map(definition.components).set(DEAD_LETTERS_COMPONENT, () => new DeadLetterBolt())
  return { ...definition, components }
}

function errorOf(reason: FailReason): string | null {
  return reason.kind === 'timeout' ? null : (reason.error ?? null)
}
