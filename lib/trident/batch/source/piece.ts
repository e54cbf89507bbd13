/**
 * What the spout emits a piece of a batch with.
 *
 * The law: a row that comes when the piece is over would be in no batch, or in a wrong one, so it is refused.
 */
import { type Emitted, TyphoonError } from '../../../index.ts'
import type { PieceCollector } from './sources.ts'

export class Piece implements PieceCollector {
  isOver = false
  readonly #emission: Required<PieceCollector>

  constructor(emission: Required<PieceCollector>) {
    this.#emission = emission
  }

  get hasRoom(): boolean {
    return this.#emission.hasRoom
  }

  /** Hot. @throws LATE_EMIT */
  emit(values: Emitted, at?: number): void {
    if (this.isOver) throw this.#late()
    this.#emission.emit(values, at)
  }

  /** @throws LATE_EMIT */
  giveUp(values: Readonly<Record<string, unknown>>, messageId: unknown, error: TyphoonError): void {
    if (this.isOver) throw this.#late()
    this.#emission.giveUp(values, messageId, error)
  }

  from(partition: string): void {
    this.#emission.from(partition)
  }

  reportError(error: unknown): void {
    this.#emission.reportError(error)
  }

  /** It is reported as well: in a timer nothing catches what is thrown. */
  #late(): TyphoonError {
    const error = new TyphoonError('LATE_EMIT', 'the spout emitted after it had answered for its batch', {
      hint: 'return the promise: a batch is whole when what emitBatch returns is done',
    })
    this.#emission.reportError(error)
    return error
  }
}
