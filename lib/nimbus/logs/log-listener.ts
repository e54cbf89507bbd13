/** What a run says, as lines of a log. */
import type { Problem, RunListener } from '../../run/index.ts'
import type { LogEntry } from './log-entry.ts'

/** How places are named. */
export interface Paths {
  problem(problem: Problem): Problem
  text(text: string): string
}

/** A line that has no time yet. */
export type Said = Omit<LogEntry, 'time'>

/** @param add takes each line @param paths names places as the user knows them */
export function logListener(add: (line: Said) => void, paths: Paths): RunListener {
  return {
    onLog: (record, worker) => add({ ...record, worker }),
    onProblem: (problem, worker, stack) =>
      add(problemLine(paths.problem(problem), worker, stack === undefined ? undefined : paths.text(stack))),
    onWorkerStarted: (worker, incarnation) =>
      add({ level: 'info', message: `worker ${worker} is starting (incarnation ${incarnation})`, worker }),
    onWorkerLost: (worker, _incarnation, how, restartInMs) =>
      add({
        level: 'warn',
        message: `worker ${worker} was lost (${paths.text(how)}), starts again in ${restartInMs} ms`,
        worker,
      }),
    onOutput: (line, worker, stream) => add({ level: 'info', message: line, worker, stream }),
  }
}

/** @param worker that it was in; 0: none */
export function problemLine({ code, message, where, hint }: Problem, worker: number, stack?: string): Said {
  const { component, task } = where
  return {
    level: 'error',
    message,
    worker,
    code,
    ...(component === undefined ? {} : { component }),
    ...(task === undefined || task < 0 ? {} : { task }),
    ...(hint === undefined ? {} : { hint }),
    ...(stack === undefined ? {} : { stack }),
  }
}
