/** The record of one topology, as the store has it. The law: what is wanted is kept before it is done. */
import type { TopologyRecord } from './record.ts'
import { type ChangeRequest, type KeptAnswer, withRequest } from './requests.ts'

export class KeptRecord {
  readonly #keep: (record: TopologyRecord) => Promise<void>
  readonly #now: () => Date
  #record: TopologyRecord

  /** @param keep settles when it lasts */
  constructor(record: TopologyRecord, keep: (record: TopologyRecord) => Promise<void>, now: () => Date) {
    this.#record = record
    this.#keep = keep
    this.#now = now
  }

  get now(): TopologyRecord {
    return this.#record
  }

  /**
   * @param request by which it is changed, which is kept with it, and what is answered to it
   * @throws what the store refuses (rejects): then it is as it was
   */
  async save(changed: TopologyRecord, request?: ChangeRequest, answer?: KeptAnswer): Promise<void> {
    const record = withRequest(changed, request, this.#now().getTime(), answer)
    await this.#keep(record)
    this.#record = record
  }
}
