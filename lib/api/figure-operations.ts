/** Answers what is asked of the figures of a topology. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { History } from '../history/history.ts'
import { SERIES, type Whose } from '../history/series-of.ts'
import { isWindow, type Window } from '../history/windows.ts'
import { suggest } from '../words/suggest.ts'
import type { Asked } from './asked.ts'
import type { FIGURE_ROUTES } from './figure-routes.ts'
import { findingsOf } from './findings.ts'
import { Refused } from './refusals.ts'
import type { SeenTopology } from './seen.ts'

type Answers = Readonly<Record<keyof typeof FIGURE_ROUTES, (asked: Asked) => object>>

/** @param named finds the topology that is asked for */
export function figureOperations(named: (asked: Asked) => SeenTopology, now: () => Date): Answers {
  return {
    figures: (asked) => named(asked).history.window(windowOf(asked), now().getTime()),
    series(asked) {
      const { figure } = asked.query
      if (figure === undefined) throw new TyphoonError('SERVICE_BAD_REQUEST', `name a figure: ${SERIES.join(', ')}`)
      const { history } = named(asked)
      const whose = whoseOf(asked)
      const series = history.series(whose, String(figure), windowOf(asked), now().getTime())
      if (series === undefined) throw noSuch(whose, String(figure), history)
      return series
    },
    latencies(asked) {
      const { history } = named(asked)
      const component = String(asked.query['component'] ?? '')
      if (!history.componentsKnown.includes(component)) throw noComponent(component, history)
      return history.latencies(component, windowOf(asked), now().getTime())
    },
    findings: (asked) => ({ findings: findingsOf(named(asked), windowOf(asked), now()) }),
    events(asked) {
      const since = Number(asked.query['since'] ?? 0)
      return { events: named(asked).history.timeline.all.filter(({ number }) => number > since) }
    },
  }
}

/** @throws SERVICE_BAD_REQUEST */
function windowOf({ query }: Asked): Window {
  const window = String(query['window'] ?? '600')
  if (isWindow(window)) return window
  throw new TyphoonError('SERVICE_BAD_REQUEST', 'the window is one of 600, 10800, 86400 and all')
}

function whoseOf({ query: { component, worker } }: Asked): Whose {
  if (worker !== undefined) return { worker: Number(worker) }
  return component === undefined ? {} : { component: String(component) }
}

function noSuch(whose: Whose, figure: string, history: History): Refused {
  if ('worker' in whose) {
    const { worker } = whose
    return history.workersKnown.includes(worker)
      ? new Refused('SERVICE_BAD_REQUEST', `${figure} is not a figure of a worker`, 400)
      : new Refused('SERVICE_BAD_REQUEST', `there are no figures of a worker ${worker}`, 404)
  }
  const { component } = whose
  if (component === undefined || history.componentsKnown.includes(component))
    return new Refused('SERVICE_BAD_REQUEST', `${figure} is not a figure of ${component ?? 'a topology'}`, 400)
  return noComponent(component, history)
}

function noComponent(component: string, { componentsKnown }: History): Refused {
  const hint = suggest(component, componentsKnown)
  return new Refused('UNKNOWN_COMPONENT', `there are no figures of a component "${component}"`, 404, { hint })
}
