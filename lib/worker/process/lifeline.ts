/**
 * What a worker tells its parent on the lifeline, where no link can: while its event loop is blocked, and with its last
 * word. One line of JSON each, which a pipe takes whole or not at all: what did not fit would spoil the next line, too.
 */
import { writeSync } from 'node:fs'
import { type Blocked, type Ended, type InHand, LIFELINE_FD, type Reads } from '../../messaging/control.ts'

/** An empty pipe holds 64 KiB. */
const MOST_BYTES = 60_000
const FULL = 'EAGAIN'
const WAIT_MS = 1

const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

/** Says it. @returns false where nobody is there to hear it, or the pipe is full */
export function tellParent(message: Blocked | Ended): boolean {
  try {
    writeSync(LIFELINE_FD, lifelineText(message))
    return true
  } catch {
    return false
  }
}

/** The line; without the counts of the tasks where there are too many of them. */
export function lifelineText(message: Blocked | Ended): string {
  const whole = `${JSON.stringify(message)}\n`
  return Buffer.byteLength(whole) <= MOST_BYTES ? whole : `${JSON.stringify({ ...message, tasks: [] })}\n`
}

/** Says it before it returns, however long the parent takes to make room for it. */
export function tellFirst(message: InHand | Reads): void {
  const line = `${JSON.stringify(message)}\n`
  for (;;) {
    try {
      writeSync(LIFELINE_FD, line)
      return
    } catch (error) {
      // Nobody is there to hear it.
      if ((error as NodeJS.ErrnoException).code !== FULL) return
      Atomics.wait(never, 0, 0, WAIT_MS)
    }
  }
}
