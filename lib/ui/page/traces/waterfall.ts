/** One tuple tree over time: a row for each tuple, with what it did when. */
import type { Trace } from '../../../run/index.ts'
import { html } from '../html.ts'
import { Status, type Tone } from '../parts/status.ts'
import { linkTo } from '../place.ts'
import { milliseconds, plural } from '../words.ts'
import { lengthOf, type Part, type PartKind, type WaterfallRow, waterfallRows } from './waterfall-rows.ts'

const WORDS: Readonly<Record<PartKind, string>> = {
  wire: 'between two workers',
  queue: 'in the inbox of its task',
  execute: 'in execute and its promise',
  wait: 'executed, neither acked nor failed',
}
const KINDS = Object.keys(WORDS) as readonly PartKind[]

/** More rows than somebody reads. */
const MOST_ROWS = 500
/** Anchors above a tuple by which its row is moved. */
const DEEPEST = 12
/** A part that is too short to be seen is drawn so wide, of 1000. */
const THINNEST = 3

interface WaterfallProps {
  readonly topology: string
  readonly trace: Trace
}

export function Waterfall({ topology, trace }: WaterfallProps) {
  const rows = waterfallRows(trace.tuples)
  const length = lengthOf(trace, rows)
  const hidden = rows.length - MOST_ROWS
  return html`
    <p class="waterfall-legend">${KINDS.map((kind) => html`<span key=${kind}><span class=${`key ${kind}`} aria-hidden="true"></span>${WORDS[kind]}</span>`)}</p>
    <div class="scrolls" role="region" aria-label="Tuples" tabindex="0">
      <table class="waterfall">
        <thead><tr><th scope="col">Tuple</th><th scope="col">Worker</th><th scope="col">State</th>
          <th scope="col" class="times">0 to ${milliseconds(length)} since the emit</th></tr></thead>
        <tbody>${rows.slice(0, MOST_ROWS).map((row) => html`<${Row} key=${row.tuple.edge} topology=${topology} row=${row} length=${length} />`)}</tbody>
      </table>
    </div>
    ${hidden > 0 ? html`<p class="dim">${plural(hidden, 'tuple')} more; typhoon trace shows all of them.</p>` : null}
    ${rows.length === 0 ? html`<p class="empty">No task takes what the spout emitted there.</p>` : null}
  `
}

interface RowProps {
  readonly topology: string
  readonly row: WaterfallRow
  readonly length: number
}

function Row({ topology: name, row: { tuple, depth, parts }, length }: RowProps) {
  const { component, task, worker, stream, state, reason, values, otherParents, sentMs } = tuple
  const margin = `depth-${Math.min(depth, DEEPEST)}`
  return html`<tr class=${reason === undefined ? '' : 'marked'}>
    <th scope="row" class=${margin}>
      <a href=${linkTo({ at: 'component', name, component })}>${component}</a> <span class="dim">task ${task}, stream ${stream}</span>
      ${otherParents === undefined ? null : html`<span class="dim">, with ${plural(otherParents.length, 'more anchor')}</span>`}
    </th>
    <td><a href=${linkTo({ at: 'worker', name, worker })}>worker ${worker}</a></td>
    <td><${Status} tone=${toneOf(state)} word=${state} /></td>
    <td class="times">
      <svg viewBox="0 0 1000 16" preserveAspectRatio="none" role="img" aria-label=${saidOf(sentMs, parts)}>
        ${parts.map((part) => html`<${Bar} key=${part.kind} part=${part} length=${length} />`)}
      </svg>
      <span class="dim">${saidOf(sentMs, parts)}</span>
      ${reason === undefined ? null : html`<p class="bad-text">${reason}</p>`}
      ${values === undefined ? null : html`<p><code>${values}</code></p>`}
    </td>
  </tr>`
}

function Bar({ part: { kind, from, to }, length }: { readonly part: Part; readonly length: number }) {
  const width = Math.max(THINNEST, ((to - from) / length) * 1000)
  const x = Math.max(0, Math.min((from / length) * 1000, 1000 - width))
  return html`<rect class=${kind} x=${x} y="2" width=${width} height="12"><title>${WORDS[kind]}: ${milliseconds(to - from)}</title></rect>`
}

/** `at 0.12 ms: wire 0.50 ms, queue 0.20 ms` */
function saidOf(sentMs: number, parts: readonly Part[]): string {
  const said = parts.map(({ kind, from, to }) => `${kind} ${milliseconds(to - from)}`)
  return `at ${milliseconds(sentMs)}${said.length === 0 ? '' : `: ${said.join(', ')}`}`
}

/** How good or bad a state of a tuple or of a tree is. */
export function toneOf(state: string): Tone {
  if (state === 'acked') return 'good'
  if (state === 'failed') return 'bad'
  return state === 'unknown' ? 'off' : 'busy'
}
