/**
 * A thread of the process that loads a topology: it waits for the end of the process that wants to know, and then ends
 * its own, with all that its code has started, whatever the main thread is doing.
 */
import { Socket } from 'node:net'

/** Nothing is ever written into it; it closes when the other end is gone. */
const LIFELINE_FD = 4

const lifeline = new Socket({ fd: LIFELINE_FD })
lifeline.on('error', () => {})
lifeline.on('close', () => process.kill(-process.pid, 'SIGKILL'))
lifeline.resume()
