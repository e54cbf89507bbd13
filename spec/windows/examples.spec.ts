/** The examples in topologies/, held against oracles that know nothing of Typhoon. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { TopologyDefinition } from '../../lib/index.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { type CompleteResult, completeTopology, readTuples } from '../../lib/testing/index.ts'

const ROOT = process.cwd()
const DATA = join(ROOT, 'node_modules/vega-datasets/data')
const DAY_MS = 86_400_000

async function complete(file: string, variables: Record<string, string> = {}): Promise<CompleteResult> {
  const { definition } = await loadTopology(join(ROOT, 'topologies', file), { variables })
  return completeTopology(definition as TopologyDefinition, { seed: 1, timeoutMs: 3_600_000 })
}

test('flights are counted by the day on which they should have left', async (t) => {
  const result = await complete('flights.ts')
  t.is(result.report.status, 'completed')
  const rows = JSON.parse(readFileSync(join(DATA, 'flights-20k.json'), 'utf8')) as { date: string; origin: string }[]
  const expected = new Map<string, number>()
  for (const { date, origin } of rows) {
    const key = `${origin} ${date.slice(0, 10)}`
    expected.set(key, (expected.get(key) ?? 0) + 1)
  }
  const found = readTuples(result, 'days') as [string, number, number, number, number][]
  const byKey = found.map(([origin, flights, , start]): [string, number] => {
    const day = new Date(start).toISOString().slice(0, 10).replaceAll('-', '/')
    return [`${origin} ${day}`, flights]
  })
  t.deepEqual(byKey.sort(), [...expected].sort())
  const ofDay = (day: number) =>
    found.reduce((sum, [, n, , start]) => sum + (start === Date.UTC(2001, 0, day) ? n : 0), 0)
  t.deepEqual([1, 2, 3].map(ofDay), [222, 219, 256])
})

test('earthquakes are counted by the day on which they happened', async (t) => {
  const result = await complete('earthquakes.yaml')
  t.is(result.report.status, 'completed')
  const { features } = JSON.parse(readFileSync(join(DATA, 'earthquakes.json'), 'utf8')) as {
    features: { properties: { mag: number; time: number } }[]
  }
  const expected = new Map<number, [number, number]>()
  for (const { properties } of features) {
    if (properties.mag < 4.5) continue
    const start = Math.floor(properties.time / DAY_MS) * DAY_MS
    const [count, strongest] = expected.get(start) ?? [0, 0]
    expected.set(start, [count + 1, Math.max(strongest, properties.mag)])
  }
  // What was said last of a day holds.
  const last = new Map<number, [number, number]>()
  for (const [quakes, strongest, start] of readTuples(result, 'days') as [number, number, number][])
    last.set(start, [quakes, strongest])
  t.deepEqual([...last].sort(), [...expected].sort())
  t.is(
    [...last.values()].reduce((sum, [count]) => sum + count, 0),
    85,
  )
})

test("Flux's example of windows runs as Storm has it", async (t) => {
  const { definition } = await loadTopology(join(ROOT, 'spec/samples/storm-windowing/topology.yaml'))
  const words = Array.from({ length: 9 }, (_, n) => [`word${n}`])
  const result = await completeTopology(definition as TopologyDefinition, {
    seed: 1,
    mockedSources: { 'spout-1': words },
  })
  t.is(result.report.status, 'completed')
  t.deepEqual(readTuples(result, 'bolt-1'), [[3], [5], [5]])
})
