/** A file to append to that has no other writer for as long as it is open. Pipes and devices may have several. */
import type { TaskContext } from '../../index.ts'
import { AppendFile } from './append-file.ts'
import { claimFile } from './claim.ts'

export class ClaimedFile extends AppendFile {
  readonly #endClaim: () => void = () => {}

  /** @throws OUTPUT_IN_USE */
  constructor(path: string, context: TaskContext) {
    super(path)
    if (!this.isRegular) return
    const { topology, component, task } = context
    const warn = (message: string): void => context.log('warn', message)
    try {
      this.#endClaim = claimFile(this.descriptor, path, { topology, component, task }, warn)
    } catch (error) {
      super.close()
      throw error
    }
  }

  override close(): void {
    this.#endClaim()
    super.close()
  }
}
