/**
 * The bytes of messages that have not come whole, of all clients of a server together. One client may send a large
 * message slowly, a thousand may not: where the sum is over the limit, the message that has been under way longest is
 * given up, with its connection.
 */

/** What one client has sent of a message. */
export interface Account {
  /** So many bytes have come; less than none where some have turned out to be of something else. */
  add(bytes: number): void
  /** The message is whole, or its connection is gone. */
  settle(): void
}

/** One for each server. */
export class ByteBudget {
  readonly #limit: number
  /** What is under way, in the order in which it began. */
  readonly #underWay = new Map<Account, { bytes: number; giveUp: () => void }>()
  #bytes = 0

  /**
   * @param limit in bytes; room for two of the largest messages at least, or one client would be enough to give up
   * another's
   */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes of messages that are not whole. */
  get bytes(): number {
    return this.#bytes
  }

  /** A client. @param giveUp ends its connection, and does not throw */
  account(giveUp: () => void): Account {
    const account: Account = {
      add: (bytes) => {
        const known = this.#underWay.get(account)
        const sum = Math.max(0, (known?.bytes ?? 0) + bytes)
        this.#bytes += sum - (known?.bytes ?? 0)
        if (sum === 0) this.#underWay.delete(account)
        else if (known === undefined) this.#underWay.set(account, { bytes: sum, giveUp })
        else known.bytes = sum
        this.#keepLimit()
      },
      settle: () => {
        this.#bytes -= this.#underWay.get(account)?.bytes ?? 0
        this.#underWay.delete(account)
      },
    }
    return account
  }

  #keepLimit(): void {
    for (const [account, { giveUp }] of this.#underWay) {
      if (this.#bytes <= this.#limit) return
      account.settle()
      giveUp()
    }
  }
}
