/** Answers what is asked of the figures of a topology. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { SERIES } from '../history/series-of.ts'
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
      const { component, figure } = asked.query
      if (figure === undefined) throw new TyphoonError('SERVICE_BAD_REQUEST', `name a figure: ${SERIES.join(', ')}`)
      const { history } = named(asked)
      const wanted = component === undefined ? undefined : String(component)
      const series = history.series(wanted, String(figure), windowOf(asked), now().getTime())
      if (series === undefined) throw noSuch(wanted, String(figure), history.componentsKnown)
      return series
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

function noSuch(component: string | undefined, figure: string, known: readonly string[]): Refused {
  if (component === undefined || known.includes(component))
    return new Refused('SERVICE_BAD_REQUEST', `${figure} is not a figure of ${component ?? 'a topology'}`, 400)
  const hint = suggest(component, known)
  return new Refused('UNKNOWN_COMPONENT', `there are no figures of a component "${component}"`, 404, { hint })
}
