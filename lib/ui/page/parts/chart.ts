/** A figure over time. The lines are drawn on a canvas; what they say last stands in words as well. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { Series } from '../../../history/figures.ts'
import { ofTopology, useAsked } from '../asked.ts'
import { html } from '../html.ts'

/** A line of a chart. */
export interface Line {
  readonly label: string
  /** Of the table of series. */
  readonly figure: string
  /** Whose; that of the chart unless given. */
  readonly component?: string
  /** A variable of the style. */
  readonly colour: '--line-1' | '--line-2' | '--line-3'
}

interface ChartProps {
  readonly title: string
  readonly topology: string
  readonly component?: string
  readonly worker?: number
  readonly window: string
  readonly lines: readonly Line[]
  /** A value as people read it. */
  readonly shown: (value: number) => string
}

const HEIGHT = 130
const EVERY_MS = 5000

export function Chart({ title, topology, component, worker, window: wide, lines, shown }: ChartProps) {
  const ofWorker: Record<string, string> = worker === undefined ? {} : { worker: String(worker) }
  const all = lines.map(({ figure, component: own = component }) => {
    const query = { figure, window: wide, ...(own === undefined ? {} : { component: own }), ...ofWorker }
    return useAsked<Series>(ofTopology(topology, '/series', query), EVERY_MS).answer
  })
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  useEffect(() => {
    if (frame.current === null || all.some((one) => one === undefined)) return
    const data = dataOf(all as readonly Series[])
    if (plot.current === undefined) plot.current = plotIn(frame.current, lines, shown, data)
    else plot.current.setData(data)
  }, all)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) =>
      plot.current?.setSize({ width: Math.floor(entry!.contentRect.width), height: HEIGHT }),
    )
    if (frame.current !== null) observer.observe(frame.current)
    return () => {
      observer.disconnect()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [])
  return html`<figure class="panel chart">
    <figcaption>${title}
      ${lines.map(({ label, colour }, index) => {
        const last = all[index]?.values.findLast((value) => value !== null)
        return html`<span key=${label} class="dim"><span class="key" style=${{ background: `var(${colour})` }} aria-hidden="true"></span>${label} ${last === undefined || last === null ? '–' : shown(last)}</span>`
      })}
    </figcaption>
    <div ref=${frame} class="canvas"></div>
  </figure>`
}

function dataOf(all: readonly Series[]): uPlot.AlignedData {
  return [
    all[0]!.at.map((ms) => ms / 1000),
    ...all.map(({ at, values }) => at.map((_, index) => values[index] ?? null)),
  ]
}

function plotIn(
  frame: HTMLElement,
  lines: readonly Line[],
  shown: (value: number) => string,
  data: uPlot.AlignedData,
): uPlot {
  const colour = (name: string) => () => getComputedStyle(frame).getPropertyValue(name)
  const axis = { stroke: colour('--dim'), grid: { stroke: colour('--grid'), width: 1 }, ticks: { show: false } }
  const options: uPlot.Options = {
    width: Math.max(1, Math.floor(frame.clientWidth)),
    height: HEIGHT,
    // The last time of the axis has room.
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 1e-9)] } },
    axes: [
      { ...axis, size: 28, space: 70, values: (_plot, values) => values.map(timeText) },
      { ...axis, size: 62, space: 36, values: (_plot, values) => values.map(shown) },
    ],
    series: [
      {},
      ...lines.map((line) => ({ label: line.label, stroke: colour(line.colour), width: 1.5, points: { show: false } })),
    ],
  }
  return new uPlot(options, data, frame)
}

/** `14:05`, with seconds where it is not a whole minute. */
function timeText(seconds: number): string {
  const time = new Date(seconds * 1000)
  const parts = [time.getHours(), time.getMinutes(), ...(time.getSeconds() === 0 ? [] : [time.getSeconds()])]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}
