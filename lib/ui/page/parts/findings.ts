/** What is wrong, in sentences, the gravest first. */
import type { Finding, Severity } from '../../../doctor/finding.ts'
import { html } from '../html.ts'
import { linkTo } from '../place.ts'
import { Status, type Tone } from './status.ts'

const TONES: Readonly<Record<Severity, Tone>> = { critical: 'bad', warning: 'warn', note: 'off' }

interface FindingsProps {
  readonly topology: string
  readonly findings: readonly Finding[]
  /** The page is about what they are about: it has no links to itself. */
  readonly isAtPlace?: boolean
}

export function Findings({ topology, findings, isAtPlace = false }: FindingsProps) {
  if (findings.length === 0)
    return html`<p class="finding"><${Status} tone="good" word="Nothing stands out in this window." /></p>`
  return html`<ol class="findings" aria-label="Findings">${findings.map(
    (one) => html`<${Sentence} key=${keyOf(one)} topology=${topology} finding=${one} isAtPlace=${isAtPlace} />`,
  )}</ol>`
}

/** The numbers of a finding change; what it is about stays. */
function keyOf({ code, component, task, worker }: Finding): string {
  return JSON.stringify([code, component, task, worker])
}

interface SentenceProps {
  readonly topology: string
  readonly finding: Finding
  readonly isAtPlace: boolean
}

function Sentence({ topology, finding, isAtPlace }: SentenceProps) {
  const { code, severity, text, advice, component, worker } = finding
  return html`<li class=${`finding ${TONES[severity]}`}>
    <${Status} tone=${TONES[severity]} word=${severity} />
    <div>
      <p>${text}</p>
      <p class="dim">${advice} <code>${code}</code>
        ${component === undefined || isAtPlace ? null : html` <a href=${linkTo({ at: 'component', name: topology, component })}>Look at ${component}</a>`}
        ${worker === undefined || isAtPlace ? null : html` <a href=${linkTo({ at: 'worker', name: topology, worker })}>Look at worker ${worker}</a>`}
      </p>
    </div>
  </li>`
}
