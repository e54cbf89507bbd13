/** Which window of time figures are of. */
import type { Window } from '../../../history/windows.ts'
import { html } from '../html.ts'

const NAMES: readonly (readonly [Window, string])[] = [
  ['600', '10 min'],
  ['10800', '3 h'],
  ['86400', '1 day'],
  ['all', 'All'],
]

interface WindowChoiceProps {
  readonly window: Window
  onChange(window: Window): void
}

export function WindowChoice({ window, onChange }: WindowChoiceProps) {
  return html`<div class="choice" role="group" aria-label="Window of time">${NAMES.map(
    ([value, name]) =>
      html`<button key=${value} type="button" aria-pressed=${value === window} onClick=${() => onChange(value)}>${name}</button>`,
  )}</div>`
}
