/** SIGINT and SIGTERM: the first asks, the second insists. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** A signal that asks to stop. */
export type StopSignal = (typeof SIGNALS)[number]

/**
 * `npm start` passes on the Ctrl-C that the terminal has sent to everyone: the same signal comes twice. Nobody presses twice as fast
 * as that.
 */
const SAME_PRESS_MS = 250

/** What a signal means. */
export type Asked = 'first' | 'again' | 'same'

/** Tells the first signal from the second, and both from an echo. */
export class SignalCounter {
  #last: { readonly signal: StopSignal; readonly atMs: number } | undefined

  /** What a signal that comes now means. @param atMs milliseconds of any clock that does not go backwards */
  count(signal: StopSignal, atMs: number): Asked {
    const before = this.#last
    if (before !== undefined && before.signal === signal && atMs - before.atMs < SAME_PRESS_MS) return 'same'
    this.#last = { signal, atMs }
    return before === undefined ? 'first' : 'again'
  }
}

/** Calls back for the first and each further signal. @returns what ends the watch */
export function watchSignals(onSignal: (asked: Exclude<Asked, 'same'>, signal: StopSignal) => void): () => void {
  const counter = new SignalCounter()
  const listener = (signal: NodeJS.Signals): void => {
    const asked = counter.count(signal as StopSignal, performance.now())
    if (asked !== 'same') onSignal(asked, signal as StopSignal)
  }
  for (const signal of SIGNALS) process.on(signal, listener)
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener)
  }
}
