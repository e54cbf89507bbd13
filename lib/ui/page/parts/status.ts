/** How something is, as a word with a mark whose colour and shape say the same. */
import type { TopologyView } from '../../../api/schemas.ts'
import type { Problem } from '../../../errors/typhoon-error.ts'
import { html } from '../html.ts'

/** How good or bad something is. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off'

const MARKS: Readonly<Record<Tone, string>> = { good: '●', busy: '◐', warn: '▲', bad: '■', off: '○' }

/** How a topology is. */
export function toneOf({ status, phase, problem }: TopologyView): Tone {
  if (problem !== undefined) return 'bad'
  if (status === 'ACTIVE') return phase === 'running' ? 'good' : 'busy'
  return status === 'REBALANCING' || status === 'KILLED' ? 'busy' : 'off'
}

export function Status({ tone, word }: { readonly tone: Tone; readonly word: string }) {
  return html`<span class=${`status ${tone}`}><span aria-hidden="true">${MARKS[tone]}</span> <span>${word}</span></span>`
}

/** What has happened, where, and what to do. */
export function ProblemText({ problem }: { readonly problem: Problem }) {
  const { code, message, where, hint } = problem
  const place = placeOf(where)
  return html`<div class="problem">
    <p><code>${code}</code> ${message}</p>
    ${place === '' ? null : html`<p class="dim">${place}</p>`}
    ${hint === undefined ? null : html`<p class="dim">${hint}</p>`}
  </div>`
}

function placeOf({ component, task, file, line, column }: Problem['where']): string {
  const position = [file, line, column].filter((part) => part !== undefined).join(':')
  const parts = [component === undefined ? '' : `component ${component}`, task === undefined ? '' : `task ${task}`]
  return [...parts, position].filter((part) => part !== '').join(', ')
}
