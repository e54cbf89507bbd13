/**
 * A file to append to that has no other writer for as long as it is open. Pipes and devices may have several.
 *
 * A run that stood still while another one took its state over writes and cuts nothing: its process ends instead.
 */
import { LEASE_RESOURCE, type LeaseOfRun, type TaskContext } from '../../index.ts'
import { AppendFile } from './append-file.ts'
import { claimFile } from './claim.ts'

/** Where nothing lasts that another run could take over. */
const NO_LEASE: LeaseOfRun = { check: () => {} }

export class ClaimedFile extends AppendFile {
  readonly #endClaim: () => void = () => {}
  readonly #lease: LeaseOfRun

  /** @throws OUTPUT_IN_USE */
  constructor(path: string, context: TaskContext) {
    super(path)
    this.#lease = context.resource(LEASE_RESOURCE, () => NO_LEASE)
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

  override cut(length: number): void {
    this.#lease.check()
    super.cut(length)
  }

  override write(text: string): void {
    this.#lease.check()
    super.write(text)
  }

  override close(): void {
    this.#endClaim()
    super.close()
  }
}
