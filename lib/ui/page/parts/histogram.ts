/** How many tuples took how long, as bars. The widths of the bins double with every second one. */
import type { LatencyBin, LatencyBins } from '../../../history/figures.ts'
import { ofTopology, useAsked } from '../asked.ts'
import { html } from '../html.ts'
import { count, milliseconds } from '../words.ts'

const EVERY_MS = 5000
const HEIGHT = 100
const STEP = Math.SQRT2

interface HistogramProps {
  readonly title: string
  readonly topology: string
  readonly component: string
  readonly window: string
  readonly figure: keyof LatencyBins
}

export function LatencyHistogram({ title, topology, component, window, figure }: HistogramProps) {
  const path = ofTopology(topology, '/latencies', { component, window })
  const bins = useAsked<LatencyBins>(path, EVERY_MS).answer?.[figure] ?? []
  return html`<figure class="panel chart">
    <figcaption>${title} ${bins.length === 0 ? html`<span class="dim">none was measured yet</span>` : html`<span class="dim">of ${count(sumOf(bins))} that were measured</span>`}</figcaption>
    <${Bars} bins=${filled(bins)} />
  </figure>`
}

function Bars({ bins }: { readonly bins: readonly LatencyBin[] }) {
  const most = Math.max(1, ...bins.map((bin) => bin.count))
  const width = 100 / Math.max(bins.length, 12)
  // A bin with a single tuple can be seen.
  const heightOf = (n: number): number => (n === 0 ? 0 : Math.max(2, (n / most) * HEIGHT))
  return html`<svg class="histogram" viewBox=${`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label="How many tuples took how long">
      ${bins.map(
        (
          bin,
          index,
        ) => html`<rect key=${index} x=${index * width + width * 0.08} width=${width * 0.84} y=${HEIGHT - heightOf(bin.count)} height=${heightOf(bin.count)}>
          <title>${milliseconds(bin.upToMs / STEP)} to ${milliseconds(bin.upToMs)}: ${count(bin.count)}</title>
        </rect>`,
      )}
    </svg>
    <p class="histogram-ends dim"><span>${bins.length === 0 ? '' : milliseconds(bins[0]!.upToMs / STEP)}</span><span>${milliseconds(bins.at(-1)?.upToMs)}</span></p>`
}

/** With those between the first and the last that hold nothing. */
function filled(bins: readonly LatencyBin[]): LatencyBin[] {
  if (bins.length === 0) return []
  const placeOf = ({ upToMs }: LatencyBin): number => Math.round(2 * Math.log2(upToMs))
  const byPlace = new Map(bins.map((bin) => [placeOf(bin), bin]))
  const first = placeOf(bins[0]!)
  return Array.from({ length: placeOf(bins.at(-1)!) - first + 1 }, (_, index) => {
    const place = first + index
    return byPlace.get(place) ?? { upToMs: 2 ** (place / 2), count: 0 }
  })
}

function sumOf(bins: readonly LatencyBin[]): number {
  return bins.reduce((sum, bin) => sum + bin.count, 0)
}
