/**
 * The tables of metrics in docs/metrics.md, each below a comment that names a group of the table in lib/metrics, and
 * the dashboard for Grafana: both come from that table, so that nothing is written twice.
 */
import type { Metric, MetricGroup } from '../../lib/metrics/metric.ts'
import { METRICS } from '../../lib/metrics/table.ts'

const GROUPS: Readonly<Record<string, MetricGroup>> = METRICS

/** The document with its tables of metrics as the code has them. */
export function withMetricTables(markdown: string): string {
  return markdown.replace(/^<!-- metrics: (\w+) -->\n(?:\n.*\n\n(?:\|.*\n)+)?/gm, (marker, group: string) => {
    const [first] = marker.split('\n')
    return `${first}\n\n${tableOf(GROUPS[group]!)}`
  })
}

function tableOf({ labels, metrics }: MetricGroup): string {
  const named = labels.length === 0 ? 'Without labels.' : `Labels: ${labels.map((label) => `\`${label}\``).join(', ')}.`
  return [
    `${named}\n\n`,
    '| metric | type | what it is | in Storm |\n',
    '| --- | --- | --- | --- |\n',
    ...Object.values(metrics).map((metric) => `| ${cellsOf(metric).join(' | ')} |\n`),
  ].join('')
}

function cellsOf({ name, type, help, fixed, storm }: Metric): string[] {
  const label = fixed === undefined ? '' : `{${fixed.label}="${fixed.value}"}`
  return [`\`${name}${label}\``, type, help, storm === undefined ? '' : `\`${storm}\``]
}

const WIDTH = 24
const PANEL = { w: 8, h: 7 }
const INTERVAL = '$__rate_interval'

/** A dashboard for Grafana: a row for each group of the table, and a panel for each metric. */
export function dashboard(): object {
  const panels: object[] = []
  let y = 0
  for (const [title, group] of Object.entries(GROUPS)) {
    panels.push({ type: 'row', title, id: panels.length + 1, collapsed: false, gridPos: { x: 0, y, w: WIDTH, h: 1 } })
    y++
    const metrics = new Map(Object.values(group.metrics).map((metric) => [metric.name, metric]))
    for (const [index, metric] of [...metrics.values()].entries()) {
      const x = (index * PANEL.w) % WIDTH
      if (x === 0 && index > 0) y += PANEL.h
      panels.push(panelOf(metric, group, { x, y, ...PANEL }, panels.length + 1))
    }
    y += PANEL.h
  }
  return {
    title: 'Typhoon',
    uid: 'typhoon',
    tags: ['typhoon'],
    schemaVersion: 39,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: VARIABLES },
    panels,
  }
}

const SOURCE = { type: 'prometheus', uid: '$source' }
const VARIABLES = [
  { name: 'source', label: 'Data source', type: 'datasource', query: 'prometheus' },
  {
    ...{ name: 'topology', label: 'Topology', type: 'query', datasource: SOURCE },
    ...{ query: 'label_values(typhoon_topology_running, topology)', includeAll: true, multi: true, refresh: 2 },
  },
]

function panelOf(metric: Metric, { labels }: MetricGroup, gridPos: object, id: number): object {
  const shown = [...labels, ...(metric.fixed === undefined ? [] : [metric.fixed.label])]
  const unit = unitOf(metric)
  return {
    ...{ type: 'timeseries', id, title: titleOf(metric), description: metric.help, gridPos, datasource: SOURCE },
    fieldConfig: { defaults: { unit, min: metric.name.endsWith('_level') ? null : 0 }, overrides: [] },
    targets: [
      {
        ...{ refId: 'A', datasource: SOURCE, expr: expressionOf(metric, shown) },
        legendFormat: shown.map((label) => `{{${label}}}`).join(' '),
      },
    ],
  }
}

/** What is asked of Prometheus for a metric. */
function expressionOf({ name, type }: Metric, labels: readonly string[]): string {
  const filter = labels.includes('topology') ? '{topology=~"$topology"}' : ''
  if (type === 'counter') return `rate(${name}${filter}[${INTERVAL}])`
  if (type === 'gauge') return `${name}${filter}`
  const by = ['le', ...labels].join(', ')
  return `histogram_quantile(0.99, sum by (${by}) (rate(${name}_bucket${filter}[${INTERVAL}])))`
}

function titleOf({ name, type }: Metric): string {
  const words = name.replace(/^typhoon_/, '').replace(/_(?:seconds|bytes)?(?:_total)?$/, '')
  return `${words.replaceAll('_', ' ')}${type === 'counter' ? ' per second' : type === 'histogram' ? ', 99 of 100' : ''}`
}

function unitOf({ name, type }: Metric): string {
  if (type === 'counter') return name.includes('_seconds_') ? 'percentunit' : 'cps'
  if (name.endsWith('_bytes')) return 'bytes'
  return name.endsWith('_seconds') ? 's' : 'none'
}
