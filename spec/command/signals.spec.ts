import test from 'ava'
import { type Asked, SignalCounter, type StopSignal } from '../../lib/command/terminal/signals.ts'

function check(title: string, signals: readonly (readonly [StopSignal, number])[], expected: readonly Asked[]): void {
  test(title, (t) => {
    const counter = new SignalCounter()
    t.deepEqual(
      signals.map(([signal, atMs]) => counter.count(signal, atMs)),
      expected,
    )
  })
}

check(
  'the first signal asks, every further one insists',
  [
    ['SIGINT', 0],
    ['SIGINT', 1000],
    ['SIGINT', 2000],
  ],
  ['first', 'again', 'again'],
)
check(
  'npm passes on a Ctrl-C that has come already: that is no second one',
  [
    ['SIGINT', 0],
    ['SIGINT', 8],
    ['SIGINT', 900],
    ['SIGINT', 908],
  ],
  ['first', 'same', 'again', 'same'],
)
check(
  'another signal is no echo however soon it comes',
  [
    ['SIGINT', 0],
    ['SIGTERM', 1],
  ],
  ['first', 'again'],
)
