/**
 * Knows when everything has come that several senders have sent: what comes is counted, and each sender says at its end
 * how many it has sent here. Rules: apache/storm `CoordinatedBolt.java`, `TridentBoltExecutor.java`.
 *
 * The law: it is whole when every sender has ended and as many have come as they have announced, in whatever order
 * these arrive. An end alone says too little, though links keep the order: what was under way when a link broke is
 * missing, and what is sent over the next one is not.
 */
export class Tally {
  /** Senders that have said their end. */
  ended = 0
  /** How many these have sent. */
  announced = 0
  /** How many have come. */
  received = 0

  /** A sender has sent this many in all. */
  end(count: number): void {
    this.ended++
    this.announced += count
  }

  /** @param senders how many there are */
  isWhole(senders: number): boolean {
    return this.ended === senders && this.announced === this.received
  }
}
