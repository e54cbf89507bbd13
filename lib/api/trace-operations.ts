/** Answers what is asked of the tuple trees of a topology. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { RunTracing } from '../run/index.ts'
import type { Asked } from './asked.ts'
import type { Lines } from './browser/followers.ts'
import type { SeenTopology } from './seen.ts'
import type { TRACE_ROUTES } from './trace-routes.ts'

type Answers = Readonly<Record<keyof typeof TRACE_ROUTES, (asked: Asked) => object | Promise<object>>>

const WAIT_SECS = 60

/** @param named finds the topology that is asked for */
export function traceOperations(named: (asked: Asked) => SeenTopology): Answers {
  const tracing = (asked: Asked): RunTracing => {
    const found = named(asked).run?.tracing
    if (found !== undefined) return found
    throw new TyphoonError('ROOT_UNKNOWN', 'the topology does not run now, so nothing is recorded of its tuples')
  }
  return {
    traces: (asked) => tracing(asked).status,
    trace: (asked) => tracing(asked).trace(asked.path['root'] ?? ''),
    nextTrace: (asked) => nextTrace(tracing(asked), Number(asked.query['wait'] ?? WAIT_SECS)),
    follow(asked) {
      const { sample, seconds } = asked.body as { readonly sample: number; readonly seconds?: number }
      const found = tracing(asked)
      found.follow(sample, seconds === undefined ? undefined : seconds * 1000)
      return found.status
    },
  }
}

/** One line; none where no root came. */
function nextTrace(tracing: RunTracing, waitSecs: number): Lines {
  return {
    entries: [],
    follow(onEntry, onEnd) {
      const leave = tracing.next((trace) => {
        clearTimeout(timer)
        if (trace !== undefined) onEntry(trace)
        onEnd()
      })
      const timer = setTimeout(leave, waitSecs * 1000)
      return leave
    },
  }
}
