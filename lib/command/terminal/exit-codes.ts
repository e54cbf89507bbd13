/** The exit codes of `typhoon`. Shell scripts rely on them: they change only with a major version. */
import { constants } from 'node:os'

/** What was asked for is done; so is a run that a signal or `--for` has drained. */
export const DONE = 0
/**
 * The topology failed, was stopped with tuples still in flight that did not finish in time, or its results could not be
 * written.
 */
export const FAILED = 1
/** The command line is wrong. */
export const WRONG_USAGE = 2
/** The topology cannot be loaded or is not valid. */
export const INVALID = 3

/** A run that a second signal ended at once: 128 and the number of the signal, as shells have it. */
export function forcedBy(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

/** The exit codes in the words of `--help`. */
export const EXIT_CODES_HELP = `Exit codes:
  0    done; also a run that a signal or --for has drained
  1    the topology failed, had to leave tuples in flight behind, or stdout could not be written
  2    the command line is wrong
  3    the topology cannot be loaded or is not valid
  130  stopped at once by a second Ctrl-C (143: by SIGTERM, 129: by SIGHUP)`
