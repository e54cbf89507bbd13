/** The examples in topologies/, held against oracles that know nothing of Typhoon. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { TopologyDefinition } from '../../lib/index.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { type CompleteResult, completeTopology, multiset, readTuples } from '../../lib/testing/index.ts'
import { orderOf, paymentOf } from '../../topologies/payments.ts'

const ROOT = process.cwd()
const DATA = join(ROOT, 'node_modules/vega-datasets/data')
const DAY_MS = 86_400_000

async function complete(file: string, variables: Record<string, string> = {}): Promise<CompleteResult> {
  const { definition } = await loadTopology(join(ROOT, 'topologies', file), { variables })
  return completeTopology(definition as TopologyDefinition, { strict: true, timeoutMs: 3_600_000 })
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

/** What a visitor has done, by sorting it and cutting it where it stands still for half an hour. */
function sessionsOf(clicks: readonly { visitor: string; at: number }[]): unknown[][] {
  const GAP_MS = 1_800_000
  const sessions: { visitor: string; times: number[] }[] = []
  for (const { visitor, at } of [...clicks].sort((a, b) => a.at - b.at)) {
    const open = sessions.findLast((session) => session.visitor === visitor)
    if (open === undefined || at >= open.times.at(-1)! + GAP_MS) sessions.push({ visitor, times: [at] })
    else open.times.push(at)
  }
  return sessions.map(({ visitor, times }) => {
    const last = times.at(-1)!
    return [visitor, times.length, last, times[0]!, last + GAP_MS]
  })
}

test('the clicks of a visitor are one session until half an hour passes without any', async (t) => {
  const VISITORS = 100
  const result = await complete('clicks.yaml', { visitors: String(VISITORS) })
  t.is(result.report.status, 'completed')
  const { clicks } = await import(join(ROOT, 'topologies/clicks.mjs'))
  t.deepEqual(multiset(readTuples(result, 'sessions')), multiset(sessionsOf(clicks(VISITORS))))
})

test('an order is paid by what was paid within an hour of it, whichever arrives first', async (t) => {
  const ORDERS = 2000
  const result = await complete('payments.ts', { orders: String(ORDERS) })
  t.is(result.report.status, 'completed')
  const expected = Array.from({ length: ORDERS }, (_, n) => {
    const { order, cents, at } = orderOf(n)
    const paidAt = paymentOf(n)?.at
    return [order, cents, paidAt === undefined || paidAt > at + 3_600_000 ? null : paidAt]
  })
  t.deepEqual(multiset(readTuples(result, 'join')), multiset(expected))
  t.deepEqual([expected.length, expected.filter(([, , paid]) => paid === null).length > 200], [ORDERS, true])
})

test("Flux's example of a stateful bolt runs as Storm has it", async (t) => {
  const { definition } = await loadTopology(join(ROOT, 'spec/samples/storm-stateful/topology.yaml'))
  const words = ['nathan', 'mike', 'nathan', 'nathan'].map((word) => [word])
  const result = await completeTopology(definition as TopologyDefinition, {
    seed: 1,
    mockedSources: { 'spout-1': words },
  })
  t.is(result.report.status, 'completed')
  t.deepEqual(readTuples(result, 'bolt-1'), [
    ['nathan', 1],
    ['mike', 1],
    ['nathan', 2],
    ['nathan', 3],
  ])
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
