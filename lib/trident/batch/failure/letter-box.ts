/**
 * The dead letters of batches that are over. They were written into the metadata by the same write that has ended their
 * batch, and stay there until they stand in their file: so each comes there, once, whatever dies or is full meanwhile.
 * What cannot be written is waited for as a commit is.
 */
import { DeadLetterFile } from '../../../components/reliability/dead-letter-file.ts'
import { DEAD_LETTERED_COUNTER, type SpoutOutputCollector, type TaskContext, WAITING_COUNTER } from '../../../index.ts'
import type { Letter, Metadata } from '../metadata/metadata.ts'
import { Outage } from './outage.ts'

export class LetterBox {
  readonly #context: TaskContext
  readonly #collector: SpoutOutputCollector<any, any>
  readonly #metadata: Metadata
  readonly #file: DeadLetterFile
  readonly #outage: Outage
  #notBefore = 0

  /** Takes up what an earlier life has left. */
  constructor(context: TaskContext, collector: SpoutOutputCollector<any, any>, metadata: Metadata) {
    this.#context = context
    this.#collector = collector
    this.#metadata = metadata
    this.#file = new DeadLetterFile(context, (error) => collector.reportError(error))
    this.#outage = new Outage(context)
    const left = [...metadata.letters()]
    const written = this.#file.written(left.map(({ line }) => line))
    for (const letter of left)
      if (written.has(letter.line)) this.#forget(letter)
      else this.add([letter])
  }

  /** Letters that do not stand in the file yet. */
  get size(): number {
    return this.#file.size
  }

  add(letters: readonly Letter[]): void {
    this.#context.count(WAITING_COUNTER, letters.length)
    for (const letter of letters)
      this.#file.add(letter.line, () => {
        this.#context.count(WAITING_COUNTER, -1)
        this.#context.count(DEAD_LETTERED_COUNTER)
        this.#forget(letter)
      })
  }

  /** Writes what waits. @returns whether nothing waits any more */
  flush(): boolean {
    if (this.size === 0) return true
    if (this.#context.now() < this.#notBefore) return false
    try {
      this.#file.flush(this.#context.now())
      if (this.size === 0) this.#outage.over()
    } catch (error) {
      const delayMs = this.#outage.goesOn()
      if (delayMs === undefined) this.#context.fail(error)
      this.#notBefore = this.#context.now() + (delayMs ?? Number.POSITIVE_INFINITY)
    }
    return this.size === 0
  }

  /** A last try. */
  close(): Promise<void> {
    return this.#file.close()
  }

  /** Where that cannot be written, the next life finds the letter in its file. */
  #forget(letter: Letter): void {
    try {
      this.#metadata.letterWritten(letter)
    } catch (error) {
      this.#collector.reportError(error)
    }
  }
}
