/** What colours, widths and shapes of the graph mean. */
import { html } from '../html.ts'
import { percent } from '../words.ts'
import { BUSY, FULL, type Load } from './colours.ts'

const LOADS: readonly (readonly [Load, string])[] = [
  ['calm', `less than ${percent(BUSY)} busy`],
  ['busy', `from ${percent(BUSY)} on`],
  ['full', `from ${percent(FULL)} on: no room left`],
  ['idle', 'nothing to do'],
]

export function Legend() {
  return html`<ul class="legend dim">
    ${LOADS.map(([load, text]) => html`<li key=${load}><span class=${`swatch ${load}`} aria-hidden="true"></span>${text}</li>`)}
    <li>round: spout, angular: bolt</li>
    <li>width of an arrow: what its component emits in a second</li>
    <li><span class="swatch failed" aria-hidden="true"></span>tuples failed in this window</li>
  </ul>`
}
