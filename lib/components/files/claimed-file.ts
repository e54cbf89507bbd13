/**
 * A file to append to that has no other writer for as long as it is open. Pipes and devices may have several.
 *
 * Where a run stood still while another one took its state over, or a worker while it was started elsewhere, it writes
 * and cuts nothing: its process ends instead.
 */
import { leaseOf, type TaskContext } from '../../index.ts'
import { AppendFile } from './append-file.ts'
import { claimFile } from './claim.ts'

export class ClaimedFile extends AppendFile {
  readonly #endClaim: () => void = () => {}

  /** @throws OUTPUT_IN_USE */
  constructor(path: string, context: TaskContext) {
    const lease = leaseOf(context)
    super(path, () => lease.check())
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
