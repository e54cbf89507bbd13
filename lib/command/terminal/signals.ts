/**
 * SIGINT, SIGTERM and SIGHUP: the first asks, the second insists. Where npm has started this process (`npx typhoon …`,
 * `npm start`), the end of npm asks too: npm is ended by a SIGTERM that it does not pass on. Any other parent may go:
 * that is how one puts a run in the background.
 */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A signal that asks to stop. */
export type StopSignal = (typeof SIGNALS)[number]

/**
 * `npm start` passes on the Ctrl-C that the terminal has sent to everyone: the same signal comes twice. Nobody presses
 * twice as fast as that.
 */
const SAME_PRESS_MS = 250
/** How often it is looked whether npm is still there. */
const PARENT_LOOK_MS = 500

/** What a signal means. */
export type Asked = 'first' | 'again' | 'same'

/** Tells the first signal from the second, and both from an echo. */
export class SignalCounter {
  #last: { readonly signal: StopSignal; readonly atMs: number } | undefined

  get hasCounted(): boolean {
    return this.#last !== undefined
  }

  /** What a signal that comes now means. @param atMs milliseconds of any clock that does not go backwards */
  count(signal: StopSignal, atMs: number): Asked {
    const before = this.#last
    if (before !== undefined && before.signal === signal && atMs - before.atMs < SAME_PRESS_MS) return 'same'
    this.#last = { signal, atMs }
    return before === undefined ? 'first' : 'again'
  }
}

/**
 * Calls back for the first and each further signal, until the process ends: none of them ends it. The end of npm is a
 * SIGHUP, unless a signal came first.
 */
export function watchSignals(onSignal: (asked: Exclude<Asked, 'same'>, signal: StopSignal) => void): void {
  const counter = new SignalCounter()
  const { ppid } = process
  const hungUp = (): void => {
    if (process.ppid === ppid) return
    clearInterval(look)
    if (!counter.hasCounted) listener('SIGHUP')
  }
  const look = process.env['npm_execpath'] === undefined ? undefined : setInterval(hungUp, PARENT_LOOK_MS).unref()
  const listener = (signal: NodeJS.Signals): void => {
    const asked = counter.count(signal as StopSignal, performance.now())
    if (asked !== 'same') onSignal(asked, signal as StopSignal)
  }
  for (const signal of SIGNALS) process.on(signal, listener)
}
