/** What has happened to a topology, the newest first. */
import type { EventKind, TimelineEvent } from '../../../history/timeline.ts'
import { html } from '../html.ts'
import { linkTo } from '../place.ts'
import { clockTime } from '../words.ts'
import { Status, type Tone } from './status.ts'

const TONES: Readonly<Partial<Record<EventKind, Tone>>> = {
  'worker-lost': 'bad',
  'run-failed': 'bad',
  error: 'bad',
  rebalanced: 'busy',
  deactivated: 'off',
}
const FEW = 12

interface EventsProps {
  readonly topology: string
  readonly events: readonly TimelineEvent[]
}

export function Events({ topology, events }: EventsProps) {
  const all = [...events].reverse()
  if (all.length === 0) return html`<p class="dim">Nothing has happened yet.</p>`
  return html`<ol class="events">${all.slice(0, FEW).map((one) => html`<${Event} key=${one.time + one.text} topology=${topology} event=${one} />`)}</ol>
    ${
      all.length <= FEW
        ? null
        : html`<details><summary>${all.length - FEW} earlier ones</summary>
            <ol class="events">${all.slice(FEW).map((one) => html`<${Event} key=${one.time + one.text} topology=${topology} event=${one} />`)}</ol></details>`
    }`
}

function Event({ topology, event }: { readonly topology: string; readonly event: TimelineEvent }) {
  const { time, kind, text, component, task, worker, code, times } = event
  return html`<li>
    <time class="dim" datetime=${time}>${clockTime(time)}</time>
    <${Status} tone=${TONES[kind] ?? 'good'} word=${kind.replaceAll('-', ' ')} />
    <span class="what">${text}${(times ?? 1) === 1 ? '' : ` (${times} times)`}
      <span class="dim">
        ${code === undefined ? '' : html` <code>${code}</code>`}
        ${component === undefined ? '' : html` <a href=${linkTo({ at: 'component', name: topology, component })}>${component}</a>`}
        ${task === undefined ? '' : ` task ${task}`}
        ${worker === undefined || worker === 0 ? '' : html` <a href=${linkTo({ at: 'worker', name: topology, worker })}>worker ${worker}</a>`}
      </span></span>
  </li>`
}
