/** Errors, the newest first. */
import type { TimedProblem } from '../../../nimbus/hosted/kept-problems.ts'
import { html } from '../html.ts'
import { clockTime } from '../words.ts'
import { ProblemText } from './status.ts'

const MOST = 20

export function ErrorList({ errors }: { readonly errors: readonly TimedProblem[] }) {
  if (errors.length === 0) return html`<p class="dim">There was none.</p>`
  const newest = errors.slice(-MOST).reverse()
  return html`<ol class="events">${newest.map(
    ({ time, since, times, problem, worker }) => html`<li key=${since + problem.code + problem.message}>
      <time class="dim" datetime=${time}>${clockTime(time)}</time>
      ${times === 1 ? null : html`<span class="dim">${times} times since ${clockTime(since)}</span>`}
      <span class="dim">${worker === 0 ? '' : `worker ${worker}`}</span>
      <${ProblemText} problem=${problem} />
    </li>`,
  )}</ol>`
}
