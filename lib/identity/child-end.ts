/** How a child process of this one ends. */
import type { ChildProcess } from 'node:child_process'

/** It has exited, was ended by a signal, or could not be started at all. */
export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signaled'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'not started'; readonly error: Error }

/**
 * Calls back once, when it is over. The end of its output is not a sign of that: what a child has started may hold the
 * pipes for as long as it likes. Other errors, as of a signal that cannot be sent, end nothing.
 */
export function onceOver(child: ChildProcess, over: (end: ChildEnd) => void): void {
  let isOver = false
  const end = (how: ChildEnd): void => {
    if (!isOver) over(how)
    isOver = true
  }
  child.on('error', (error) => {
    if (child.pid === undefined) end({ kind: 'not started', error })
  })
  child.on('exit', (code, signal) =>
    end(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signaled', signal }),
  )
}
